import { describe, expect, it } from 'vitest'
import { compileRegex } from '../../src/core/regex.js'
import { compileMatch, type StringMatch } from '../../src/core/string-match.js'

const rows: [StringMatch, string | undefined, boolean][] = [
  ['a', 'a', true],
  ['a', 'A', false],
  [{ exact: 'a', ignoreCase: true }, 'A', true],
  [{ prefix: '/foo' }, '/foobar', true],
  [{ prefix: '/foo' }, undefined, false],
  [{ suffix: '.com' }, 'a.com', true],
  [{ regex: 'a.c' }, 'abc', true],
  [{ regex: 'a.c' }, 'xabc', false],
  [{ regex: 'a.c' }, 'a\nc', false],
  [{ present: true }, '', true],
  [{ present: true }, undefined, false],
  [{ present: false }, undefined, true],
  [{ exact: 'a', not: true }, 'b', true],
  [{ exact: 'a', not: true }, undefined, true],
]

describe('compileMatch', () => {
  it.each(rows)('%j on %j is %s', (match, value, expected) => {
    expect(compileMatch(match)(value)).toBe(expected)
  })

  it.each(['(?=a)', '(a)\\1', '('])('refuses %s, as RE2 does', (pattern) => {
    expect(() => compileRegex(pattern)).toThrow()
  })

  it('a hostile pattern cannot stall the loop', () => {
    const regex = compileRegex('(a+)+$')
    const start = performance.now()
    expect(regex.matches(`${'a'.repeat(5_000)}b`)).toBe(false)
    expect(performance.now() - start).toBeLessThan(1_000)
  })
})
