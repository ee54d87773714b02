import { describe, expect, it } from 'vitest'
import { found, messages } from '../load-text.js'
import { load, meshRoute, rule } from './route-text.js'

async function matchOf(match: string): Promise<unknown> {
  const config = await load(meshRoute('r', rule('v1', match)))
  expect(found(config)).toEqual([])
  return config.services?.echo?.routes?.[0]?.match?.[0]
}

describe('a match', () => {
  it.each<[string, string, unknown]>([
    ['that says nothing takes everything', '{}', { path: { pathPrefix: '/' } }],
    ['has a prefix of whole segments by default', '{ path: { value: /a } }', { path: { pathPrefix: '/a' } }],
    ['ignores a trailing slash of a prefix', '{ path: { value: /a/ } }', { path: { pathPrefix: '/a' } }],
    ['keeps a trailing slash of an exact path', '{ path: { type: Exact, value: /a/ } }', { path: { exact: '/a/' } }],
    ['has a pattern', '{ path: { type: RegularExpression, value: "/a/[0-9]+" } }', { path: { regex: '/a/[0-9]+' } }],
    ['has a method', '{ method: PATCH }', { path: { pathPrefix: '/' }, method: 'PATCH' }],
    [
      'has headers, by name in any case',
      '{ headers: [{ name: X-A, value: one }, { name: x-b, type: RegularExpression, value: "v[0-9]" }] }',
      { path: { pathPrefix: '/' }, headers: { 'x-a': 'one', 'x-b': { regex: 'v[0-9]' } } },
    ],
    [
      'has query parameters, by their exact name',
      '{ queryParams: [{ name: A, value: one }, { name: a, type: RegularExpression, value: "t.*" }] }',
      { path: { pathPrefix: '/' }, query: { A: 'one', a: { regex: 't.*' } } },
    ],
  ])('%s', async (_, match, expected) => {
    expect(await matchOf(match)).toEqual(expected)
  })

  it('takes the first of two tests for one header', async () => {
    const config = await load(
      meshRoute('r', rule('v1', '{ headers: [{ name: foo, value: a }, { name: Foo, value: b }] }')),
    )
    expect(config.services?.echo?.routes?.[0]?.match?.[0]?.headers).toEqual({ foo: 'a' })
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ warning shadowed .*headers\[1\]\.name/)])
  })

  it.each<[string, string, string]>([
    ['without a slash at the start', '{ path: { value: a } }', 'must begin with "/"'],
    ['with an empty segment', '{ path: { value: /a//b } }', '"//"'],
    ['with a dot segment', '{ path: { value: /a/./b } }', '"/./"'],
    ['with two dots', '{ path: { value: /a/../b } }', '"/../"'],
    ['with an escaped slash', '{ path: { value: /a%2fb } }', '"%2f"'],
    ['with an escaped slash in capitals', '{ path: { type: Exact, value: /a%2Fb } }', '"%2F"'],
    ['with a fragment', '{ path: { value: "/a#b" } }', '"#"'],
    ['that ends with two dots', '{ path: { value: /a/.. } }', 'must not end with "/.."'],
    ['that ends with a dot', '{ path: { value: /a/. } }', 'must not end with "/."'],
    ['with a space', '{ path: { value: "/a b" } }', 'percent-encode'],
    ['with half an escape', '{ path: { value: "/a%4" } }', 'percent-encode'],
    ['with a query', '{ path: { value: "/a?b" } }', 'percent-encode'],
    ['of 1025 characters', `{ path: { value: /${'a'.repeat(1_024)} } }`, 'at most 1024'],
    ['of an unknown type', '{ path: { type: Prefix, value: /a } }', 'must be one of Exact'],
    ['that RE2 refuses', '{ path: { type: RegularExpression, value: "(?=a)" } }', 'is no RE2 pattern'],
  ])('refuses a path %s', async (_, match, message) => {
    const config = await load(meshRoute('r', rule('v1', match)))
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ error invalid-value .*matches\[0\]\.path\./)])
    expect(messages(config)).toContain(message)
  })

  it.each<[string, string]>([
    ['dots and slashes in a pattern', '{ path: { type: RegularExpression, value: "/a//.*/../b" } }'],
    ['escapes', '{ path: { value: /a%20b } }'],
    ['every character that a path can have', '{ path: { type: Exact, value: "/-A._~!$&\'()*+,;=:@z0" } }'],
  ])('accepts %s', async (_, match) => {
    expect(found(await load(meshRoute('r', rule('v1', match))))).toEqual([])
  })

  it.each<[string, string, string]>([
    ['an unknown method', '{ method: get }', 'invalid-value'],
    ['a header without a name', '{ headers: [{ value: a }] }', 'missing-field'],
    ['a pseudo header', '{ headers: [{ name: ":method", value: a }] }', 'invalid-value'],
    ['a header name with a slash', '{ headers: [{ name: a/b, value: a }] }', 'invalid-value'],
    ['a header without a value', '{ headers: [{ name: a }] }', 'missing-field'],
    ['an empty value', '{ headers: [{ name: a, value: "" }] }', 'invalid-value'],
    ['a long value', `{ headers: [{ name: a, value: ${'v'.repeat(4_097)} }] }`, 'invalid-value'],
    ['a bad header pattern', '{ headers: [{ name: a, type: RegularExpression, value: "(" }] }', 'invalid-value'],
    ['an unknown type of header test', '{ headers: [{ name: a, type: Prefix, value: a }] }', 'invalid-value'],
    ['an unnamed query parameter', '{ queryParams: [{ value: a }] }', 'missing-field'],
    ['a long query value', `{ queryParams: [{ name: a, value: ${'v'.repeat(1_025)} }] }`, 'invalid-value'],
    ['an unknown condition', '{ sourceIp: 10.0.0.1 }', 'unknown-field'],
    [
      '17 headers',
      `{ headers: [${Array.from({ length: 17 }, (_, i) => `{ name: h${i}, value: a }`).join(', ')}] }`,
      'invalid-value',
    ],
  ])('refuses %s', async (_, match, code) => {
    const config = await load(meshRoute('r', rule('v1', match)))
    expect(found(config)).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:8:\\d+ error ${code} `))])
  })
})

describe('the limits', () => {
  const match = (i: number): string => `{ path: { value: /p${i} } }`
  const matches = (count: number): string => Array.from({ length: count }, (_, i) => match(i)).join(', ')

  it.each<[string, string, string | undefined]>([
    ['16 rules', rule('v1').repeat(16), undefined],
    ['17 rules', rule('v1').repeat(17), 'has 17 items; at most 16'],
    ['no rules', '    []\n', 'needs at least 1'],
    ['64 matches in a rule', rule('v1', matches(64)), undefined],
    ['65 matches in a rule', rule('v1', matches(65)), 'has 65 items; at most 64'],
    ['128 matches in all', rule('v1', matches(64)).repeat(2), undefined],
    ['129 matches in all', rule('v1', matches(64)).repeat(2) + rule('v1'), 'have 129 matches in all'],
  ])('judge %s', async (_, rules, message) => {
    const config = await load(meshRoute('r', rules))
    if (message === undefined) expect(found(config)).toEqual([])
    else expect(messages(config)).toContain(message)
  })

  it('let every rule have a name of its own', async () => {
    const named = (name: string): string => `    - name: ${name}\n      backendRefs: [{ name: v1, port: 8080 }]\n`
    expect(found(await load(meshRoute('r', named('a') + named('b'))))).toEqual([])
    expect(found(await load(meshRoute('r', named('a') + named('a'))))).toEqual([
      'm.yaml:9:7 error invalid-value spec.rules[1].name',
    ])
    expect(found(await load(meshRoute('r', named('A_b'))))).toEqual([
      'm.yaml:7:7 error invalid-value spec.rules[0].name',
    ])
  })
})
