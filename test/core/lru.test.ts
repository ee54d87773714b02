import { describe, expect, it } from 'vitest'
import { LruMap } from '../../src/core/lru.js'

function filled(capacity: number, ...keys: readonly string[]): LruMap<string, string> {
  const map = new LruMap<string, string>(capacity)
  for (const key of keys) map.set(key, key)
  return map
}

describe('an LruMap', () => {
  it('holds no more than it may, and the oldest goes first', () => {
    const map = filled(2, 'a', 'b', 'c')
    expect([map.size, map.get('a'), map.get('b'), map.get('c')]).toEqual([2, undefined, 'b', 'c'])
  })

  it('spares what was used since the last time', () => {
    const map = filled(2, 'a', 'b')
    map.get('a')
    map.set('c', 'c')
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual(['a', undefined, 'c'])
  })

  it('lets one go even when all were used', () => {
    const map = filled(2, 'a', 'b')
    map.get('a')
    map.get('b')
    map.set('c', 'c')
    expect([map.size, map.get('c')]).toEqual([2, 'c'])
  })

  it('replaces a value without letting another go', () => {
    const map = filled(2, 'a', 'b')
    map.set('a', 'A')
    expect([map.size, map.get('a'), map.get('b')]).toEqual([2, 'A', 'b'])
  })

  it('holds nothing with a capacity of 0', () => {
    expect(filled(0, 'a').size).toBe(0)
  })
})
