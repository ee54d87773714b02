import { describe, expect, it } from 'vitest'
import { figureParses, pairedDifference, pairedRatio, problemsOf, ratioParses } from '../bench/harness/ratios.js'

describe('ratios', () => {
  it('pairs the rounds, so that a machine that slows down moves neither side', () => {
    expect(pairedRatio([10, 20, 40], [20, 40, 80])).toEqual({ median: 0.5, min: 0.5, max: 0.5, q1: 0.5, q3: 0.5 })
  })

  it('leaves out a round that is void on either side', () => {
    expect(pairedRatio([10, null, 30], [10, 10, null])).toMatchObject({ median: 1, min: 1, max: 1 })
  })

  it('is null when no round has both sides', () => {
    expect(pairedRatio([null, 10], [10, 0])).toBeNull()
  })

  it('takes what is added round by round, too', () => {
    expect(pairedDifference([15, 25, null], [10, 20, 30])).toEqual({ median: 5, min: 5, max: 5, q1: 5, q3: 5 })
  })

  it.each([
    { what: 'nothing', ratio: null, parses: false },
    { what: 'no number', ratio: { median: Number.NaN, min: 1, max: 1, q1: 1, q3: 1 }, parses: false },
    { what: 'zero', ratio: { median: 0, min: 0, max: 1, q1: 0, q3: 1 }, parses: false },
    { what: 'a ratio', ratio: { median: 0.9, min: 0.8, max: 1, q1: 0.85, q3: 0.95 }, parses: true },
  ])('$what parses: $parses', ({ ratio, parses }) => {
    expect(ratioParses(ratio)).toBe(parses)
  })

  it.each([
    { what: 'nothing', figure: null, parses: false },
    { what: 'no number', figure: { median: 1, min: Number.NaN, max: 1, q1: 1, q3: 1 }, parses: false },
    { what: 'what is saved', figure: { median: 0, min: -1, max: 1, q1: 0, q3: 1 }, parses: true },
  ])('$what parses as a figure: $parses', ({ figure, parses }) => {
    expect(figureParses(figure)).toBe(parses)
  })

  it('that do not parse are named, and what did not run with its reason', () => {
    const one = { median: 1, min: 1, max: 1, q1: 1, q3: 1 }
    const lines = [
      { name: 'a', failure: null, ratios: { bare: one } },
      { name: 'b', failure: null, ratios: { bare: null, peers: one } },
      { name: 'c', failure: 'not installed', ratios: { bare: null } },
    ]
    expect(problemsOf(lines)).toEqual(['b: no ratio against bare', 'c: not installed'])
  })
})
