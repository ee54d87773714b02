import { describe, expect, it } from 'vitest'
import { ownCopy, sameConfig, sameMeaning } from '../../src/config/compare.js'

class Client {
  readonly name = 'x'
}
const watch = (): void => {}
const client = new Client()

describe('parts of a config are equal', () => {
  const cases: [what: string, a: unknown, b: unknown, equal: boolean][] = [
    ['as data', { a: [1, { b: 'x' }] }, { a: [1, { b: 'x' }] }, true],
    ['whatever the order of their fields', { a: 1, b: 2 }, { b: 2, a: 1 }, true],
    ['with fields that are undefined', { a: 1, b: undefined }, { a: 1 }, true],
    ['not with another value', { a: { b: 1 } }, { a: { b: 2 } }, false],
    ['not with a field more', { a: 1 }, { a: 1, b: 2 }, false],
    ['not with a field less', { a: 1, b: 2 }, { a: 1 }, false],
    ['not with another field', { a: 1 }, { b: 1 }, false],
    ['not in another order of a list', [1, 2], [2, 1], false],
    ['not with a list in place of an object', [], {}, false],
    ['not with null in place of an object', null, {}, false],
    ['as the same object with an identity', { c: client }, { c: client }, true],
    ['not as two objects with identities', { c: client }, { c: new Client() }, false],
    ['not as two objects with functions', { watch }, { watch }, false],
  ]
  it.each(cases)('%s', (_what, a, b, equal) => {
    expect(sameConfig(a, b)).toBe(equal)
    expect(sameConfig(b, a)).toBe(equal)
  })
})

describe('parts of a config mean the same', () => {
  it('wherever in a manifest they were written', () => {
    const at = (line: number): object => ({
      routes: [{ name: 'r', origin: { file: 'a', line } }],
      origins: { x: line },
    })
    expect(sameConfig(at(1), at(2))).toBe(false)
    expect(sameMeaning(at(1), at(2))).toBe(true)
  })

  it('but not with another header that is called origin', () => {
    const on = (origin: string): object => ({ match: [{ headers: { origin } }] })
    expect(sameMeaning(on('https://a'), on('https://b'))).toBe(false)
  })
})

describe('a copy', () => {
  it('keeps what the owner changes later, and shares what has an identity', () => {
    const resolver = { watch }
    const given = { list: [{ a: 1 }], client, resolver }
    const copy = ownCopy(given)
    given.list.push({ a: 2 })
    expect(copy.list).toEqual([{ a: 1 }])
    expect([copy.client, copy.resolver]).toEqual([client, resolver])
    expect(copy.resolver).toBe(resolver)
  })

  it('has the objects of before wherever they are equal', () => {
    const before = ownCopy({ a: { x: 1 }, list: [{ b: 1 }, { b: 2 }], gone: 1 })
    const after = ownCopy<{ a: object; list: object[]; gone?: number }>(
      { a: { x: 1 }, list: [{ b: 1 }, { b: 3 }] },
      before,
    )
    expect(after).toEqual({ a: { x: 1 }, list: [{ b: 1 }, { b: 3 }] })
    expect([after.a, after.list[0]]).toEqual([before.a, before.list[0]])
    expect(after.a).toBe(before.a)
    expect(after.list[0]).toBe(before.list[0])
    expect(after.list).not.toBe(before.list)
  })

  it('of an empty part is empty', () => {
    expect(ownCopy<unknown>({ a: {}, b: [] }, { a: { x: 1 }, b: [1] })).toEqual({ a: {}, b: [] })
    expect(ownCopy<unknown>({ a: {}, b: [] })).toEqual({ a: {}, b: [] })
  })
})
