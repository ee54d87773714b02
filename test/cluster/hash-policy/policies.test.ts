import { describe, expect, it } from 'vitest'
import type { HashPolicy } from '../../../src/cluster/hash-policy/options.js'
import { compileHashPolicies } from '../../../src/cluster/hash-policy/policies.js'
import { type ClientCall, clientCall } from '../../../src/core/call.js'
import { mixHashes } from '../../../src/core/hash/hash64.js'
import { xxHash64 } from '../../../src/core/hash/xxhash64.js'
import type { HeaderInit } from '../../../src/core/headers.js'

function call(headers: HeaderInit = {}, path = '/'): ClientCall {
  return clientCall({ url: 'http://reviews.shop:8080', method: 'PUT', path, headers })
}

function hash(made: ClientCall, ...policies: HashPolicy[]): ReturnType<ReturnType<typeof compileHashPolicies>> {
  return compileHashPolicies(policies, () => 0)(made)
}

describe('a header', () => {
  it.each<[string, HeaderInit, HashPolicy, string | undefined]>([
    ['is hashed as it is', { 'X-User': 'jason' }, { header: 'x-user' }, 'jason'],
    ['is found by its name in any case', { 'x-user': 'jason' }, { header: 'X-USER' }, 'jason'],
    ['is hashed when it is empty', { 'x-user': '' }, { header: 'x-user' }, ''],
    ['is nothing when it is not there', {}, { header: 'x-user' }, undefined],
    ['is hashed without the blanks that a peer would not see', { 'x-user': ' \ta b ' }, { header: 'x-user' }, 'a b'],
    ['of the call itself is its field', {}, { header: ':path' }, '/'],
    ['for the host is the authority', {}, { header: 'Host' }, 'reviews.shop:8080'],
    ['named as a method of objects is a header', { constructor: 'x' }, { header: 'constructor' }, 'x'],
    [
      'is hashed as it is rewritten',
      { 'x-user': 'id-42-eu' },
      { header: 'x-user', rewrite: { pattern: '^id-(\\d+)-.*$', substitution: '\\1' } },
      '42',
    ],
  ])('%s', (_, headers, policy, expected) => {
    expect(hash(call(headers), policy)).toEqual(expected === undefined ? undefined : xxHash64(expected))
  })

  it('with several values is their chain in order of the values, whatever theirs was', () => {
    const expected = xxHash64('foo', xxHash64('bar'))
    for (const values of [
      ['foo', 'bar'],
      ['bar', 'foo'],
    ])
      expect(hash(call({ 'x-user': values }), { header: 'x-user' })).toEqual(expected)
  })

  it('with a million blanks inside takes no time', () => {
    const started = performance.now()
    hash(call({ 'x-user': `a${' '.repeat(1_000_000)}b` }), { header: 'x-user' })
    expect(performance.now() - started).toBeLessThan(1_000)
  })
})

describe('a query parameter', () => {
  it.each<[string, string | undefined]>([
    ['/?user=a&user=b', 'a'],
    ['/?other=1&user=%41', '%41'],
    ['/?user', ''],
    ['/?user=', ''],
    ['/?users=a', undefined],
    ['/user', undefined],
  ])('of %s is %j', (path, expected) => {
    expect(hash(call({}, path), { query: 'user' })).toEqual(expected === undefined ? undefined : xxHash64(expected))
  })
})

describe('the address of the client', () => {
  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['fd00::1', 'fd00::1'],
  ])('%s counts as %s, and in the forks of a call too', (address, expected) => {
    const made = call()
    made.clientAddress = address
    expect(hash(made.fork(), { sourceIp: true })).toEqual(xxHash64(expected))
  })

  it('is nothing for calls of this process', () => {
    expect(hash(call(), { sourceIp: true })).toBeUndefined()
  })
})

describe('several policies', () => {
  const made = call({ a: '1', b: '2' })
  const [a, b] = [xxHash64('1'), xxHash64('2')]

  it('mix what they find', () => {
    expect(hash(made, { header: 'a' }, { header: 'none' }, { header: 'b' })).toEqual(mixHashes(a, b))
  })

  it('that are equal do not cancel out', () => {
    expect(hash(made, { header: 'a' }, { header: 'a' })).toEqual(mixHashes(a, a))
    expect(hash(made, { header: 'a' }, { header: 'a' })).not.toEqual({ hi: 0, lo: 0 })
  })

  it('end at a terminal one that found something', () => {
    expect(hash(made, { header: 'a', terminal: true }, { header: 'b' })).toEqual(a)
    expect(hash(made, { header: 'none', terminal: true }, { header: 'b' })).toEqual(b)
  })

  it('end at a terminal one that found nothing, once another has (Envoy)', () => {
    expect(hash(made, { header: 'a' }, { header: 'none', terminal: true }, { header: 'b' })).toEqual(a)
  })

  it('that find nothing are nothing', () => {
    expect(hash(made, { header: 'none' }, { query: 'none' })).toBeUndefined()
    expect(hash(made)).toBeUndefined()
  })
})
