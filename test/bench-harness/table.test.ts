import { describe, expect, it } from 'vitest'
import { formatNumber, renderTable } from '../bench/harness/table.js'

describe('table', () => {
  it('aligns names to the left and numbers to the right', () => {
    const table = renderTable(
      ['client', 'µs'],
      [
        ['dispatch', '9.5'],
        ['got', '325.0'],
      ],
    )
    expect(table.split('\n')).toEqual(['client       µs', '--------  -----', 'dispatch    9.5', 'got       325.0'])
  })

  it.each([
    [1234.56, 1, '1,234.6'],
    [0.333, 2, '0.33'],
    [Number.NaN, 2, '-'],
    [-0.4, 0, '0'],
    [-12.6, 0, '-13'],
    [undefined, 0, '-'],
  ])('writes %s with %i digits as %s', (value, digits, expected) => {
    expect(formatNumber(value, digits)).toBe(expected)
  })
})
