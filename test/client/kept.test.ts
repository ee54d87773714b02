import { expect, it } from 'vitest'
import { Kept } from '../../src/client/kept.js'

it('is kept while its options stay equal, and disposed of when they do not', () => {
  const disposed: number[] = []
  let made = 0
  const kept = new Kept<number>((value) => disposed.push(value))
  const next = (options: unknown): number => kept.for(options, () => ++made)
  expect([next({ a: 1 }), next({ a: 1 }), kept.current]).toEqual([1, 1, 1])
  expect([next({ a: 2 }), disposed]).toEqual([2, [1]])
  kept.clear()
  expect([kept.current, disposed]).toEqual([undefined, [1, 2]])
  expect(next({ a: 2 })).toBe(3)
})
