import { describe, expect, it } from 'vitest'
import { cookieValue } from '../../../src/cluster/hash-policy/cookie.js'
import { hashStage } from '../../../src/cluster/hash-policy/hash-stage.js'
import type { HashPolicy } from '../../../src/cluster/hash-policy/options.js'
import { type ClientCall, clientCall } from '../../../src/core/call.js'
import type { Hash64 } from '../../../src/core/hash/hash64.js'
import { xxHash64 } from '../../../src/core/hash/xxhash64.js'
import { HeaderMap } from '../../../src/core/headers.js'
import { compose } from '../../../src/core/interceptor.js'
import { directReply } from '../../../src/core/reply.js'
import { replay } from '../scaffold.js'

describe('the value of a cookie', () => {
  it.each([
    ['id=7', '7'],
    ['a=1; id=7; b=2', '7'],
    ['a=1;id=7', '7'],
    ['id="7"', '7'],
    ['id="', '"'],
    ['id=a=b', 'a=b'],
    ['id=1; id=2', '1'],
    ['xid=7', ''],
    ['ID=7', ''],
    ['id', ''],
    ['id=', ''],
    ['', ''],
  ])('in %j is %j', (header, expected) => {
    expect(cookieValue(HeaderMap.from({ cookie: header }), 'id')).toBe(expected)
  })

  it('may stand in a second header', () => {
    expect(cookieValue(HeaderMap.from({ cookie: ['a=1', 'id=7'] }), 'id')).toBe('7')
  })
})

interface Outcome {
  readonly hashes: readonly (Hash64 | undefined)[]
  readonly cookies: readonly string[]
}

/** A call with one retry through the stage, after draws of all zeros but the last bit. */
async function through(cookie: string | undefined, ...policies: HashPolicy[]): Promise<Outcome> {
  const hashes: (Hash64 | undefined)[] = []
  const send = compose<ClientCall>([hashStage(policies, replay(0, 2 ** -32, 0, 2 ** -31))], async (call) => {
    for (const attempt of [call.fork(), call.fork()]) hashes.push(attempt.hash)
    return directReply(200, { 'set-cookie': 'own=1' })
  })
  const reply = await send(clientCall({ service: 'reviews', headers: { cookie } }))
  return { hashes, cookies: reply.headers.getAll('set-cookie') }
}

const made = '0000000000000001'

describe('a cookie to hash by', () => {
  it('that is there decides, and none is set', async () => {
    const { hashes, cookies } = await through('id=7', { cookie: 'id', ttl: '1h' })
    expect(hashes).toEqual([xxHash64('7'), xxHash64('7')])
    expect(cookies).toEqual(['own=1'])
  })

  it('that is missing is nothing without a ttl', async () => {
    const { hashes, cookies } = await through(undefined, { cookie: 'id' })
    expect(hashes).toEqual([undefined, undefined])
    expect(cookies).toEqual(['own=1'])
  })

  it.each<[HashPolicy, string]>([
    [{ cookie: 'id', ttl: 0 }, `id="${made}"; HttpOnly`],
    [{ cookie: 'id', ttl: '90s' }, `id="${made}"; Max-Age=90; HttpOnly`],
    [{ cookie: 'id', ttl: '1500ms', path: '/shop' }, `id="${made}"; Max-Age=1; Path=/shop; HttpOnly`],
    [
      { cookie: 'id', ttl: '1h', path: '/', attributes: { SameSite: 'Strict', Secure: '' } },
      `id="${made}"; Max-Age=3600; Path=/; SameSite=Strict; Secure; HttpOnly`,
    ],
  ])('%j that is missing is made, and goes out with the reply', async (policy, expected) => {
    const { hashes, cookies } = await through('other=1', policy)
    expect(cookies).toEqual(['own=1', expected])
    expect(hashes).toEqual([xxHash64(made), xxHash64(made)])
  })

  it('sends the next call where this one went', async () => {
    const first = await through(undefined, { cookie: 'id', ttl: '1h' })
    const next = await through(first.cookies[1]?.split(';')[0], { cookie: 'id', ttl: '1h' })
    expect(next.hashes).toEqual(first.hashes)
    expect(next.cookies).toEqual(['own=1'])
  })

  it('is made for each policy that misses its own', async () => {
    const { cookies } = await through(undefined, { cookie: 'a', ttl: 0 }, { cookie: 'b', ttl: 0 })
    expect(cookies).toEqual(['own=1', `a="${made}"; HttpOnly`, 'b="0000000000000002"; HttpOnly'])
  })
})
