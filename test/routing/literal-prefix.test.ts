import fc from 'fast-check'
import { expect, it } from 'vitest'
import { compileRegex } from '../../src/core/regex.js'
import { literalPrefix } from '../../src/routing/literal-prefix.js'

it.each([
  ['/api/v1', '/api/v1'],
  ['/api/v1/.*', '/api/v1/'],
  ['/api(/v\\d+)?', '/api'],
  ['/items/[a-z]+', '/items/'],
  ['/v[12]/(a|b)', ''],
  ['/v/(a|b)', '/v/'],
  ['/a|/b', ''],
  ['(a|b)|c', ''],
  ['/ab?', '/a'],
  ['/ab*', '/a'],
  ['/ab+', '/ab'],
  ['/ab{2}', '/a'],
  ['/a\\.b', '/a.b'],
  ['\\/a\\/b', '/a/b'],
  ['/a\\d', '/a'],
  ['/a\\.?', '/a'],
  ['^/a', '/a'],
  ['(?i)/a', ''],
  ['.*', ''],
  ['', ''],
  ['\\Q/a|b\\E', ''],
])('everything that %s matches begins with "%s"', (pattern, prefix) => {
  expect(literalPrefix(pattern)).toBe(prefix)
})

it('is the beginning of whatever the pattern matches', () => {
  const atom = fc.constantFrom('/', 'a', 'b', '\\.', '.', '[ab]', '(a|b)', '(/a)', 'a|b', '\\d', '|')
  const pattern = fc
    .array(fc.tuple(atom, fc.constantFrom('', '', '', '?', '*', '+', '{2}')), { minLength: 1, maxLength: 6 })
    .map((atoms) =>
      atoms.map(([one, times]) => (one.includes('|') && !one.startsWith('(') ? one : one + times)).join(''),
    )
  const text = fc.array(fc.constantFrom('/', 'a', 'b', '.', '1'), { maxLength: 6 }).map((chars) => chars.join(''))
  fc.assert(
    fc.property(pattern, text, (source, value) => {
      if (compileRegex(source).matches(value)) expect(value.startsWith(literalPrefix(source))).toBe(true)
    }),
    { numRuns: 5_000 },
  )
})
