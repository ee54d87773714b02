import { describe, expect, it } from 'vitest'
import { withoutBlanks } from '../../src/core/blanks.js'

describe('a header value without blanks around it', () => {
  it.each([
    ['', ''],
    ['a b', 'a b'],
    [' \ta b\t ', 'a b'],
    [' \t ', ''],
    ['\u00e0', '\u00e0'],
    ['\u00c3\u00a0', '\u00c3\u00a0'],
    ['a\n', 'a\n'],
  ])('of %j is %j', (value, expected) => {
    expect(withoutBlanks(value)).toBe(expected)
  })

  it('takes no time that grows with the square of those within', () => {
    // Some twenty seconds for a regular expression.
    const value = `a${' '.repeat(200_000)}b`
    const since = performance.now()
    expect(withoutBlanks(` ${value} `)).toBe(value)
    expect(performance.now() - since).toBeLessThan(1_000)
  })
})
