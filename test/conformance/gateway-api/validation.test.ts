import { describe, expect, it } from 'vitest'
import { errorsOf, type Row, table } from './validation-table.js'

/** What the CRD of the HTTPRoute accepts (OpenAPI and CEL) is loaded; what it refuses is refused, with the place and a sentence. */

const times = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(', ')
const to = 'backendRefs: [{ name: v1, port: 8080 }]'
const path = (type: string, value: string): string =>
  `{ matches: [{ path: { type: ${type}, value: "${value}" } }], ${to} }`
const match = (fields: string): string => `{ matches: [{ ${fields} }], ${to} }`
const backend = (fields: string): string => `{ backendRefs: [{ ${fields} }] }`
const prefix = (value: string): string => `{ path: { type: PathPrefix, value: ${value} } }`
const extension = '{ type: ExtensionRef, extensionRef: { group: a.com, kind: B, name: c } }'

table('a path', [
  ['bad', 'not absolute', path('PathPrefix', 'foo'), '.matches[0].path.value'],
  ['bad', 'an end of "/."', path('PathPrefix', '/.')],
  ['bad', 'an end of "/.."', path('Exact', '/foo/..')],
  ['bad', '"/./"', path('Exact', '/foo/./bar')],
  ['bad', '"/../"', path('Exact', '/foo/../bar')],
  ['bad', '"//"', path('Exact', '/a//b')],
  ['bad', '"%2f"', path('Exact', '/a%2fb')],
  ['bad', '"%2F"', path('PathPrefix', '/a%2Fb')],
  ['bad', '"#"', path('Exact', '/a#b')],
  ['bad', 'a query', path('Exact', '/a?b')],
  ['bad', 'a broken escape', path('Exact', '/a%zz')],
  ['bad', '"[]"', path('PathPrefix', '/[]')],
  ['bad', '"^"', path('Exact', '/^')],
  ['bad', 'nothing', path('Exact', '')],
  ['bad', 'an unknown type', path('FooBar', '/path'), '.matches[0].path.type'],
  ['bad', '1,025 characters', path('Exact', `/${'a'.repeat(1_024)}`)],
  ['ok', '1,024 characters', path('Exact', `/${'a'.repeat(1_023)}`)],
  ['ok', 'strange characters', path('Exact', "/abc/123'/a-b-c/d@gmail/%0A")],
  ['ok', 'a pattern that is no path', path('RegularExpression', '/foo/./bar//#?[x]')],
  ['ok', 'a type alone', match('path: { type: Exact }')],
  ['ok', 'nothing in it', match('path: {}')],
])

table('a match', [
  ['bad', 'a header called :method', match('headers: [{ name: ":method", value: a }]'), '.matches[0].headers[0].name'],
  ['bad', 'a header name with a space', match('headers: [{ name: "a b", value: a }]')],
  ['bad', 'a header without a name', match('headers: [{ value: a }]')],
  ['bad', 'a header without a value', match('headers: [{ name: a }]')],
  ['bad', 'an empty header', match('headers: [{ name: a, value: "" }]')],
  ['bad', 'a header of 4,097 characters', match(`headers: [{ name: a, value: ${'v'.repeat(4_097)} }]`)],
  ['ok', 'a header of 4,096 characters', match(`headers: [{ name: a, value: ${'v'.repeat(4_096)} }]`)],
  ['bad', 'a header name of 257 characters', match(`headers: [{ name: ${'a'.repeat(257)}, value: b }]`)],
  ['bad', 'an unknown type of header', match('headers: [{ name: a, value: b, type: Prefix }]')],
  ['bad', 'a broken pattern', match('headers: [{ name: a, value: "(", type: RegularExpression }]')],
  ['bad', '17 headers', match(`headers: [${times(17, (i) => `{ name: a${i}, value: b }`)}]`), '.matches[0].headers'],
  ['ok', '16 headers', match(`headers: [${times(16, (i) => `{ name: a${i}, value: b }`)}]`)],
  ['bad', '17 query parameters', match(`queryParams: [${times(17, (i) => `{ name: a${i}, value: b }`)}]`)],
  ['bad', 'a query parameter of 1,025 characters', match(`queryParams: [{ name: a, value: ${'v'.repeat(1_025)} }]`)],
  ['bad', 'an empty query parameter', match('queryParams: [{ name: a, value: "" }]')],
  ['bad', 'a method in lower case', match('method: get'), '.matches[0].method'],
  ['bad', 'an unknown method', match('method: FOO')],
  ['ok', 'a rare method', match('method: CONNECT')],
  ['ok', '64 of them', `{ matches: [${times(64, () => prefix('/'))}], ${to} }`],
  ['bad', '65 of them', `{ matches: [${times(65, () => '{}')}], ${to} }`, '.matches'],
])

table('a backend', [
  ['bad', 'no port', backend('name: x'), '.backendRefs[0].port'],
  ['bad', 'no port, and it is a Service', backend('group: "", kind: Service, name: x')],
  ['ok', 'no port, and it is none', backend('group: foo.example.com, kind: Foo, name: x')],
  ['bad', 'port 0', backend('name: x, port: 0')],
  ['bad', 'port 65,536', backend('name: x, port: 65536')],
  ['bad', 'a negative weight', backend('name: x, port: 1, weight: -1'), '.backendRefs[0].weight'],
  ['bad', 'too heavy', backend('name: x, port: 1, weight: 1000001')],
  ['ok', 'as heavy as can be', backend('name: x, port: 1, weight: 1000000')],
  ['bad', 'a group that is none', backend('group: Foo/bar, kind: Foo, name: x'), '.backendRefs[0].group'],
  ['bad', 'a kind that is none', backend('group: foo, kind: "a/b", name: x')],
  ['bad', 'a namespace that is none', backend('namespace: a.b, name: x, port: 1')],
  ['bad', 'a name of 254 characters', backend(`name: ${'x'.repeat(254)}, port: 1`), '.backendRefs[0].name'],
  ['bad', 'no name', backend('port: 1')],
  ['bad', '17 of them', `{ backendRefs: [${times(17, () => '{ name: v1, port: 8080 }')}] }`, '.backendRefs'],
  ['ok', '16 of them', `{ backendRefs: [${times(16, () => '{ name: v1, port: 8080 }')}] }`],
  [
    'ok',
    'a mirror',
    backend(
      'name: v1, port: 8080, filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: v2, port: 8080 } } }]',
    ),
  ],
  ['ok', 'CORS', backend('name: v1, port: 8080, filters: [{ type: CORS, cors: {} }]')],
  ['ok', 'an extension', backend(`name: v1, port: 8080, filters: [${extension}]`)],
  [
    'bad',
    'a rewrite beside a redirect',
    backend(
      'name: v1, port: 8080, filters: [{ type: URLRewrite, urlRewrite: {} }, { type: RequestRedirect, requestRedirect: {} }]',
    ),
    '.backendRefs[0].filters[0]',
  ],
])

const timeouts = (verdict: 'ok' | 'bad', fields: string): Row => [
  verdict,
  fields,
  `{ timeouts: { ${fields} }, ${to} }`,
  '.timeouts',
]
table('timeouts', [
  timeouts('ok', 'request: 1s, backendRequest: 1s'),
  timeouts('bad', 'request: 1s, backendRequest: 2s'),
  timeouts('bad', 'request: 4s, backendRequest: 4001ms'),
  timeouts('ok', 'request: 0s, backendRequest: 2s'),
  timeouts('ok', 'request: 100ms, backendRequest: 0s'),
  timeouts('ok', 'request: 1h30m10s500ms'),
  timeouts('ok', 'request: 99999h'),
  timeouts('bad', 'request: 100000s'),
  timeouts('bad', 'request: 1.5s'),
  timeouts('bad', 'request: 1d'),
  timeouts('bad', 'request: 1'),
  timeouts('bad', 'request: "-1s"'),
  timeouts('bad', 'request: ""'),
])

const retry = (verdict: 'ok' | 'bad', fields: string): Row => [
  verdict,
  fields,
  `{ retry: { ${fields} }, ${to} }`,
  '.retry',
]
table('retry', [
  retry('ok', 'codes: [500, 502], attempts: 3, backoff: 100ms'),
  retry('ok', ''),
  retry('ok', 'codes: [400, 599]'),
  retry('ok', 'codes: []'),
  retry('ok', 'attempts: 200'),
  retry('bad', 'codes: [399]'),
  retry('bad', 'codes: [600]'),
  retry('bad', 'codes: ["500"]'),
  retry('bad', 'codes: [500, 500]'),
  retry('bad', 'attempts: a'),
  retry('bad', 'backoff: 1.5s'),
])

table('a rule', [
  ['ok', 'nothing', '{}'],
  ['ok', 'a name', `{ name: a.b-c, ${to} }`],
  ['bad', 'a name that is none', `{ name: A_b, ${to} }`, '.name'],
  ['bad', 'a name of 254 characters', `{ name: ${'a'.repeat(254)}, ${to} }`],
  ['ok', 'sessions', `{ sessionPersistence: { sessionName: a, type: Cookie, absoluteTimeout: 1h }, ${to} }`],
])

describe('a route', () => {
  it.each<readonly ['ok' | 'bad', string, string?]>([
    ['ok', 'parentRefs: [{ name: gw }]'],
    ['ok', 'parentRefs: []'],
    ['ok', 'parentRefs: [{ name: gw, sectionName: a }, { name: gw, sectionName: b }]'],
    ['ok', 'parentRefs: [{ name: gw, port: 80 }, { name: gw, port: 81 }]'],
    ['ok', 'parentRefs: [{ name: gw, port: 80, sectionName: a }, { name: gw, port: 80, sectionName: b }]'],
    ['ok', 'parentRefs: [{ name: gw }, { name: gw, namespace: other }, { name: gw2 }]'],
    ['ok', 'parentRefs: [{ name: gw, kind: Gateway }, { name: gw, kind: Service, group: "" }]'],
    ['bad', 'parentRefs: [{ name: gw }, { name: gw }]', 'parentRefs[1].name'],
    ['bad', 'parentRefs: [{ name: gw }, { name: gw, namespace: infra }]', 'parentRefs[1].name'],
    ['bad', 'parentRefs: [{ name: gw, sectionName: a }, { name: gw }]', 'parentRefs[1]'],
    ['bad', 'parentRefs: [{ name: gw, sectionName: a }, { name: gw, sectionName: a }]', 'parentRefs[1]'],
    ['bad', 'parentRefs: [{ name: gw, port: 80 }, { name: gw }]', 'parentRefs[1]'],
    ['bad', 'parentRefs: [{ name: gw, port: 80 }, { name: gw, port: 80 }]', 'parentRefs[1]'],
    ['bad', 'parentRefs: [{ name: gw, sectionName: A }]', 'parentRefs[0].sectionName'],
    ['bad', 'parentRefs: [{ name: gw, port: 0 }]', 'parentRefs[0].port'],
    ['bad', 'parentRefs: [{ kind: Gateway }]', 'parentRefs[0].name'],
    ['bad', 'parentRefs: [{ name: gw, namespace: A }]', 'parentRefs[0].namespace'],
    ['bad', 'parentRefs: [{ name: gw, group: A/b }]', 'parentRefs[0].group'],
    ['bad', `parentRefs: [${times(33, (i) => `{ name: a${i} }`)}]`, 'parentRefs'],
    ['ok', 'hostnames: ["*.a.com", a.com, a]'],
    ['bad', 'hostnames: ["a.*.com"]', 'hostnames'],
    ['bad', 'hostnames: ["*"]', 'hostnames'],
    ['bad', 'hostnames: ["*a.com"]', 'hostnames'],
    ['bad', 'hostnames: [A.com]', 'hostnames'],
    ['bad', 'hostnames: ["a.com:80"]', 'hostnames'],
    ['bad', 'hostnames: [a_b.com]', 'hostnames'],
    ['bad', 'hostnames: [a.com.]', 'hostnames'],
    ['bad', 'hostnames: [""]', 'hostnames'],
    ['bad', 'hostnames: [1.2.3.4]', 'hostnames'],
    ['bad', `hostnames: [${times(17, (i) => `a${i}.com`)}]`, 'hostnames'],
    ['bad', 'rules: []', 'rules'],
    ['bad', `rules: [${times(17, () => '{}')}]`, 'rules'],
    ['ok', `rules: [${times(16, () => '{}')}]`],
    ['bad', `rules: [${times(7, () => `{ matches: [${times(20, () => '{}')}] }`)}]`, 'rules'],
    ['ok', `rules: [${times(2, () => `{ matches: [${times(64, () => '{}')}] }`)}]`],
    ['bad', 'rules: [{ name: a }, { name: a }]', 'rules[1].name'],
    ['ok', 'rules: [{ name: a }, {}, { name: b }, {}]'],
    ['ok', 'useDefaultGateways: All'],
    ['bad', 'rule: []', 'rule'],
  ])('%s: %s', async (verdict, spec, at) => {
    const errors = await errorsOf(`  ${spec}\n`)
    if (verdict === 'ok') expect(errors).toEqual([])
    else expect(errors.join(' ')).toContain(`spec.${at}`)
  })
})
