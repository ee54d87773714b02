import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadsWithout, priorityAt, priorityLoads } from '../../../src/cluster/priority/load.js'

const of100 = (...healthy: number[]): { healthy: number; total: number }[] =>
  healthy.map((one) => ({ healthy: one, total: 100 }))

describe('Envoy’s table of priority loads', () => {
  it.each([
    { healthy: [100, 100], loads: [100, 0] },
    { healthy: [72, 100], loads: [100, 0] },
    { healthy: [71, 100], loads: [99, 1] },
    { healthy: [50, 100], loads: [70, 30] },
    { healthy: [25, 100], loads: [35, 65] },
    { healthy: [0, 100], loads: [0, 100] },
    { healthy: [25, 25], loads: [50, 50] },
    { healthy: [72, 72, 100], loads: [100, 0, 0] },
    { healthy: [71, 71, 100], loads: [99, 1, 0] },
    { healthy: [50, 60, 100], loads: [70, 30, 0] },
    { healthy: [25, 25, 100], loads: [35, 35, 30] },
  ])('$healthy percent healthy: $loads', ({ healthy, loads }) => {
    expect(priorityLoads(of100(...healthy), 0).loads).toEqual(loads)
  })

  it('25/25/20: 36/36/28 in Envoy’s documents, which round; its code rounds down and gives the rest to the first', () => {
    const { loads } = priorityLoads(of100(25, 25, 20), 0)
    expect(loads).toEqual([37, 35, 28])
    for (const [i, documented] of [36, 36, 28].entries()) expect(Math.abs((loads[i] ?? 0) - documented)).toBeLessThan(2)
  })
})

describe('panic', () => {
  it.each([
    { healthy: [72, 72], panic: [false, false], why: 'all can be carried' },
    { healthy: [5, 100], panic: [false, false], why: 'the second can carry all, however ill the first is' },
    { healthy: [40, 40], panic: [false, false], why: 'together they can carry all' },
    { healthy: [25, 25], panic: [true, true], why: 'both are below half' },
    { healthy: [5, 65], panic: [true, false], why: 'only the first is below half' },
    { healthy: [49], panic: [true], why: 'below half' },
    { healthy: [50], panic: [false], why: 'exactly half' },
  ])('at the default threshold, $healthy percent healthy: $panic, as $why', ({ healthy, panic }) => {
    expect(priorityLoads(of100(...healthy), 50).panic).toEqual(panic)
  })

  it.each([
    {
      levels: [
        { healthy: 0, total: 3 },
        { healthy: 0, total: 1 },
      ],
      loads: [75, 25],
    },
    {
      levels: [
        { healthy: 0, total: 1 },
        { healthy: 0, total: 2 },
      ],
      loads: [34, 66],
    },
    {
      levels: [
        { healthy: 0, total: 0 },
        { healthy: 0, total: 3 },
      ],
      loads: [0, 100],
    },
    {
      levels: [
        { healthy: 1, total: 10 },
        { healthy: 1, total: 30 },
      ],
      loads: [25, 75],
    },
  ])('everywhere: calls are split by the number of endpoints ($levels: $loads)', ({ levels, loads }) => {
    expect(priorityLoads(levels, 50)).toEqual({ loads, panic: [true, true] })
  })

  it('never comes at threshold 0: the first priority gets the calls, and has nobody for them', () => {
    expect(priorityLoads(of100(0, 0), 0)).toEqual({ loads: [100, 0], panic: [false, false] })
  })
})

describe('a number from 1 to 100', () => {
  it.each([
    [1, 0],
    [70, 0],
    [71, 2],
    [100, 2],
  ])('%i falls on priority %i of 70/0/30', (percentile, priority) => {
    expect(priorityAt([70, 0, 30], percentile)).toBe(priority)
  })
})

it.each([
  { tried: [0], loads: [0, 100, 0] },
  { tried: [0, 1], loads: [0, 0, 100] },
  { tried: [0, 1, 2], loads: undefined },
])('without the priorities $tried: $loads', ({ tried, loads }) => {
  expect(loadsWithout(new Set(tried), of100(100, 72, 30))).toEqual(loads)
})

it('loads are whole numbers that sum to 100, and go only where calls can be taken', () => {
  const level = fc
    .record({ total: fc.integer({ min: 0, max: 50 }), ill: fc.integer({ min: 0, max: 50 }) })
    .map(({ total, ill }) => ({ total, healthy: Math.max(0, total - ill) }))
  const levels = fc.array(level, { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(levels, fc.integer({ min: 0, max: 100 }), (given, threshold) => {
      const { loads, panic } = priorityLoads(given, threshold)
      expect(loads.reduce((a, b) => a + b, 0)).toBe(100)
      const nobody = given.every(({ healthy }) => healthy === 0)
      for (const [i, load] of loads.entries()) {
        expect(Number.isInteger(load) && load >= 0).toBe(true)
        if (load > 0 && !nobody) expect(panic[i] === true || (given[i]?.healthy ?? 0) > 0).toBe(true)
      }
    }),
    { numRuns: 2_000 },
  )
})
