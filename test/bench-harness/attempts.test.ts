import { describe, expect, it } from 'vitest'
import { middle, onceOrThrice } from '../bench/harness/attempts.js'
import { atLeast, atMost, isMissed, judged } from '../bench/suites/resilience/figure.js'

describe('a measurement that may be spoilt', () => {
  it.each([
    ['is made once when nothing is missed', [1], 1],
    ['is made three times when something is', [9, 1, 1], 1],
    ['is missed when two of three are', [9, 1, 8], 8],
  ])('%s', async (_name, values, expected) => {
    const left = [...values]
    const tries = await onceOrThrice(
      async () => left.shift() ?? 0,
      (value) => value > 5,
    )
    expect(tries).toEqual(values)
    expect(middle(tries)).toBe(expected)
  })
})

describe('a figure', () => {
  it('is missed past its goal', () => {
    expect([5, 6].map((value) => isMissed(atMost('a', value, 5)))).toEqual([false, true])
    expect([5, 4].map((value) => isMissed(atLeast('a', value, 5)))).toEqual([false, true])
    expect(isMissed(atMost('a', Number.NaN, 5))).toBe(true)
  })

  it('does not answer for how late the machine was', () => {
    expect(isMissed(atMost('a', 60, 25, { lateMs: 40 }))).toBe(false)
    expect(isMissed(atMost('a', 60, 25, { lateMs: 10 }))).toBe(true)
  })

  it('that depends on the machine is judged by its middle, every other by its worst', () => {
    const timed = [9, 1, 2].map((value) => atMost('a', value, 5, { timed: true }))
    expect(judged(timed).value).toBe(2)
    const counted = [0, 1, 0].map((value) => atMost('a', value, 0))
    expect(isMissed(judged(counted))).toBe(true)
  })
})
