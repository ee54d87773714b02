import { describe, expect, it } from 'vitest'
import { median, quantile, relativeSpread, spreadOf } from '../bench/harness/statistics.js'

describe('statistics', () => {
  it.each([
    { values: [3], expected: 3 },
    { values: [3, 1], expected: 2 },
    { values: [9, 1, 5], expected: 5 },
    { values: [1, 1, 1, 1000], expected: 1 },
  ])('the median of $values is $expected', ({ values, expected }) => {
    expect(median(values)).toBe(expected)
  })

  it('a median of nothing is no number', () => {
    expect(median([])).toBeNaN()
  })

  it('a quantile between two values is interpolated', () => {
    expect(quantile([0, 10, 20, 30, 40], 0.99)).toBeCloseTo(39.6)
  })

  it('a spread has the quartiles and the ends, whatever the order of the values', () => {
    expect(spreadOf([50, 10, 40, 20, 30])).toEqual({ median: 30, min: 10, max: 50, q1: 20, q3: 40 })
  })

  it('the relative spread is half of the interquartile range over the median', () => {
    expect(relativeSpread(spreadOf([10, 20, 30, 40, 50]))).toBeCloseTo(1 / 3)
  })
})
