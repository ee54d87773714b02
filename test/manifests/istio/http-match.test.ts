import { describe, expect, it } from 'vitest'
import { problemsOf, route, routes, to } from './rule.js'

describe('a block of match', () => {
  it.each<[string, string, unknown]>([
    ['an exact path', 'uri: { exact: /a }', { path: { exact: '/a' } }],
    ['a raw string prefix', 'uri: { prefix: /a }', { path: { prefix: '/a' } }],
    ['an empty prefix of the path', 'uri: { prefix: "" }', { path: { prefix: '' } }],
    ['a regex', 'uri: { regex: "/a/[0-9]+" }', { path: { regex: '/a/[0-9]+' } }],
    ['paths in any case', 'uri: { exact: /a }, ignoreUriCase: true', { path: { exact: '/a', ignoreCase: true } }],
    ['prefixes in any case', 'uri: { prefix: /a }, ignoreUriCase: true', { path: { prefix: '/a', ignoreCase: true } }],
    ['a regex in its own case', 'uri: { regex: /A }, ignoreUriCase: true', { path: { regex: '/A' } }],
    ['a method', 'method: { exact: GET }', { method: { exact: 'GET' } }],
    ['any method', 'method: {}', { method: { present: true } }],
    ['a scheme', 'scheme: { exact: https }', { scheme: { exact: 'https' } }],
    ['an authority', 'authority: { prefix: shop. }', { authority: { prefix: 'shop.' } }],
    ['a header', 'headers: { x-a: { prefix: v } }', { headers: { 'x-a': { prefix: 'v' } } }],
    ['presence by an empty test', 'headers: { x-a: {} }', { headers: { 'x-a': { present: true } } }],
    ['presence by the regex *', 'headers: { x-a: { regex: "*" } }', { headers: { 'x-a': { present: true } } }],
    ['absence', 'withoutHeaders: { x-a: {} }', { headers: { 'x-a': { present: false } } }],
    ['absence by null', 'withoutHeaders: { x-a: }', { headers: { 'x-a': { present: false } } }],
    ['another value', 'withoutHeaders: { x-a: { exact: v } }', { headers: { 'x-a': { exact: 'v', not: true } } }],
    ['a pseudo header', 'headers: { ":path": { prefix: /a } }', { headers: { ':path': { prefix: '/a' } } }],
    ['a name with odd characters', 'headers: { x.a!b: { exact: v } }', { headers: { 'x.a!b': { exact: 'v' } } }],
    ['a query parameter', 'queryParams: { q: { exact: "" } }', { query: { q: { exact: '' } } }],
    ['a query parameter that is there', 'queryParams: { q: {} }', { query: { q: { present: true } } }],
    ['labels of the caller', 'sourceLabels: { app: web }', { sourceLabels: { app: 'web' } }],
    ['the namespace of the caller', 'sourceNamespace: shop', { sourceNamespace: 'shop' }],
    ['its port', 'port: 80', {}],
    ['the mesh among gateways', 'gateways: [mesh, edge]', {}],
    [
      'the mesh among gateways, and then no source',
      'gateways: [mesh], sourceLabels: { app: web }, sourceNamespace: shop, method: { exact: PUT }',
      { method: { exact: 'PUT' } },
    ],
  ])('tests %s', async (_, block, match) => {
    expect((await route(`match: [{ ${block} }]`))?.match).toEqual([match])
  })

  it('counts a missing header as an empty one where a value is not wanted', async () => {
    const match = (await route('match: [{ withoutHeaders: { x-a: { regex: .* } } }]'))?.match
    expect(match).toEqual([{ headers: { 'x-a': { regex: '.*', not: true }, 'X-a': { present: true } } }])
  })

  it('tests one header both ways, under two spellings of its name', async () => {
    const block = 'headers: { x-a: { prefix: b } }, withoutHeaders: { x-a: { exact: bc } }'
    const match = (await route(`match: [{ ${block} }]`))?.match
    expect(match).toEqual([{ headers: { 'x-a': { prefix: 'b' }, 'X-a': { exact: 'bc', not: true } } }])
  })

  it.each([
    ['another port', 'port: 81'],
    ['a gateway', 'gateways: [edge]'],
  ])('for %s is left out', async (_, block) => {
    expect(await routes(`    - match: [{ ${block} }]\n${to}`)).toEqual([])
  })

  it.each([
    ['two forms', 'uri: { exact: /a, prefix: /b }', 'error invalid-value match[0].uri'],
    ['no RE2', 'uri: { regex: "(?=a)" }', 'error invalid-value match[0].uri.regex'],
    ['a star for a regex', 'uri: { regex: "*" }', 'error invalid-value match[0].uri.regex'],
    ['an empty regex', 'uri: { regex: "" }', 'error invalid-value match[0].uri.regex'],
    ['a regex of 1,025 characters', `uri: { regex: ${'a'.repeat(1_025)} }`, 'error invalid-value match[0].uri.regex'],
    ['no mapping', 'uri: /a', 'error wrong-type match[0].uri'],
    ['an unknown form', 'uri: { suffix: /a }', 'error unknown-field match[0].uri.suffix'],
    ['an unknown condition', 'urii: { exact: /a }', 'error unknown-field match[0].urii'],
    ['an empty prefix of a header', 'headers: { a: { prefix: "" } }', 'error invalid-value match[0].headers.a.prefix'],
    ['an empty prefix of a method', 'method: { prefix: "" }', 'error invalid-value match[0].method.prefix'],
    ['null for a header', 'headers: { a: }', 'error invalid-value match[0].headers.a'],
    ['what can name no header', 'headers: { "a b": { exact: / } }', 'error invalid-value match[0].headers["a b"]'],
    ['an odd pseudo header', 'headers: { ":a": { exact: / } }', 'error invalid-value match[0].headers[":a"]'],
    [
      'claims of a token',
      'headers: { "@request.auth.claims.sub": { exact: a } }',
      'error invalid-value match[0].headers["@request.auth.claims.sub"]',
    ],
    ['a port beyond 65535', 'port: 65536', 'error invalid-value match[0].port'],
    ['a label that cannot be', 'sourceLabels: { app: "a b" }', 'error invalid-value match[0].sourceLabels'],
    ['a namespace that cannot be', 'sourceNamespace: a.b', 'error invalid-value match[0].sourceNamespace'],
    ['a gateway that cannot be', 'gateways: [a/b/c]', 'error invalid-value match[0].gateways'],
    ['a prefix for statistics', 'statPrefix: a', 'warning unsupported-field match[0].statPrefix'],
  ])('with %s gives a line', async (_, block, problem) => {
    expect(await problemsOf(`match: [{ ${block} }]`)).toContain(problem)
  })
})

describe('the blocks of a rule', () => {
  it('are the alternatives of one route', async () => {
    const match = (await route('match: [{ uri: { exact: /a } }, { method: { exact: PUT } }]'))?.match
    expect(match).toEqual([{ path: { exact: '/a' } }, { method: { exact: 'PUT' } }])
  })

  it('with names are routes of their own, named after rule and block', async () => {
    const two = 'match: [{ name: x, uri: { exact: /a } }, { method: { exact: PUT } }]'
    const named = await routes(`    - name: r\n      ${two}\n${to}`)
    expect(named.map(({ name, match }) => [name, match])).toEqual([
      ['r.x', [{ path: { exact: '/a' } }]],
      ['r', [{ method: { exact: 'PUT' } }]],
    ])
    expect((await routes(`    - ${two}\n${to}`)).map(({ name }) => name)).toEqual(['.x', undefined])
  })

  it('after one that takes every call are left out', async () => {
    const match = (
      await route('match: [{ method: { exact: PUT } }, { uri: { prefix: / } }, { scheme: { exact: http } }]')
    )?.match
    expect(match).toEqual([{ method: { exact: 'PUT' } }, { path: { prefix: '/' } }])
  })
})
