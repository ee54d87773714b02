import { type Row, table } from './validation-table.js'

/** What the CRD of the HTTPRoute accepts of filters (OpenAPI and CEL) is loaded; what it refuses is refused, with the place and a sentence. */

const times = (count: number, text: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join(', ')
const to = 'backendRefs: [{ name: v1, port: 8080 }]'
const filters = (...list: string[]): string => `{ filters: [${list.join(', ')}] }`
const sent = (...list: string[]): string => `{ filters: [${list.join(', ')}], ${to} }`
const prefix = (value: string): string => `{ path: { type: PathPrefix, value: ${value} } }`
const regex = '{ path: { type: RegularExpression, value: /foo } }'
const extension = '{ type: ExtensionRef, extensionRef: { group: a.com, kind: B, name: c } }'
const cors = (fields: string): string => filters(`{ type: CORS, cors: { ${fields} } }`)
const mirror = (fields: string): string =>
  sent(`{ type: RequestMirror, requestMirror: { backendRef: { name: v2, port: 8080 }, ${fields} } }`)
const set = (value: string): string =>
  sent(`{ type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: s, value: ${value} }] } }`)

const kinds: Readonly<Record<string, readonly [part: string, settings: string, serves: boolean]>> = {
  RequestHeaderModifier: [
    'requestHeaderModifier',
    '{ set: [{ name: a, value: b }], add: [{ name: c, value: d }], remove: [e] }',
    true,
  ],
  ResponseHeaderModifier: [
    'responseHeaderModifier',
    '{ add: [{ name: c, value: d }], set: [{ name: a, value: b }] }',
    true,
  ],
  RequestMirror: [
    'requestMirror',
    '{ backendRef: { group: group, kind: kind, name: name, namespace: ns, port: 22 } }',
    true,
  ],
  RequestRedirect: [
    'requestRedirect',
    '{ scheme: http, hostname: hostname, path: { type: ReplaceFullPath, replaceFullPath: path }, port: 8080, statusCode: 302 }',
    false,
  ],
  URLRewrite: ['urlRewrite', '{ hostname: hostname, path: { type: ReplaceFullPath, replaceFullPath: path } }', true],
  CORS: ['cors', '{ allowOrigins: ["*"] }', true],
  ExternalAuth: ['externalAuth', '{ protocol: HTTP, backendRef: { name: v1, port: 8080 }, http: { path: /a } }', true],
  ExtensionRef: ['extensionRef', '{ group: group, kind: kind, name: name }', true],
}

table(
  'a filter',
  Object.entries(kinds).flatMap(([type, [part, settings, serves]]): Row[] => {
    const one = `{ type: ${type}, ${part}: ${settings} }`
    const [other, otherSettings] = Object.values(kinds).find(([name]) => name !== part) ?? ['', '']
    const repeats = ['RequestMirror', 'ExternalAuth', 'ExtensionRef'].includes(type)
    return [
      ['ok', `${type}`, serves ? sent(one) : filters(one)],
      ['bad', `${type} without settings`, filters(`{ type: ${type} }`), `.filters[0].${part}`],
      [
        'bad',
        `${type} with the settings of another`,
        filters(`{ type: ${type}, ${part}: ${settings}, ${other}: ${otherSettings} }`),
        `.filters[0].${other}`,
      ],
      [
        'bad',
        `${type} with only those of another`,
        filters(`{ type: ${type}, ${other}: ${otherSettings} }`),
        '.filters[0]',
      ],
      [repeats ? 'ok' : 'bad', `${type} twice`, serves ? sent(one, one) : filters(one, one), '.filters[1].type'],
    ]
  }),
)

table('filters', [
  ['bad', 'without a type', sent('{ cors: {} }'), '.filters[0].type'],
  ['bad', 'of an unknown type', sent('{ type: Foo }'), '.filters[0].type'],
  [
    'ok',
    'three extensions among others',
    sent('{ type: RequestHeaderModifier, requestHeaderModifier: {} }', extension, extension, extension),
  ],
  [
    'bad',
    'a rewrite and a redirect',
    filters('{ type: URLRewrite, urlRewrite: { hostname: a } }', '{ type: RequestRedirect, requestRedirect: {} }'),
  ],
  [
    'bad',
    'a redirect beside backends',
    sent('{ type: RequestRedirect, requestRedirect: { scheme: https } }'),
    '.backendRefs',
  ],
  ['ok', 'a redirect that changes nothing', filters('{ type: RequestRedirect, requestRedirect: {} }')],
  [
    'bad',
    'an extension without a kind',
    filters('{ type: ExtensionRef, extensionRef: { group: "", name: n } }'),
    '.filters[0].extensionRef.kind',
  ],
  ['bad', 'an extension without a name', filters('{ type: ExtensionRef, extensionRef: { group: "", kind: k } }')],
  ['bad', 'an extension without a group', filters('{ type: ExtensionRef, extensionRef: { kind: k, name: n } }')],
  ['bad', 'a redirect to a wildcard', filters('{ type: RequestRedirect, requestRedirect: { hostname: "*.a.com" } }')],
  ['bad', 'a redirect to upper case', filters('{ type: RequestRedirect, requestRedirect: { hostname: A.com } }')],
  ['bad', 'a redirect of 304', filters('{ type: RequestRedirect, requestRedirect: { statusCode: 304 } }')],
  ['bad', 'a redirect to port 70,000', filters('{ type: RequestRedirect, requestRedirect: { port: 70000 } }')],
  ['bad', 'an empty header', set('""'), '.filters[0].requestHeaderModifier.set[0].value'],
  ['bad', 'a header of 4,097 characters', set('v'.repeat(4_097))],
  ['bad', 'a header that ends and begins another', set('"a\\r\\nb: c"')],
  ['bad', 'a header that Latin-1 does not have', set('"…"')],
  ['ok', 'a header with a tab', set('"a\\tb"')],
  [
    'bad',
    '17 headers',
    sent(
      `{ type: RequestHeaderModifier, requestHeaderModifier: { set: [${times(17, (i) => `{ name: a${i}, value: b }`)}] } }`,
    ),
  ],
  ['ok', 'no share of a mirror', mirror('percent: 0')],
  ['ok', 'all of a mirror', mirror('percent: 100')],
  ['bad', 'more than all', mirror('percent: 101'), '.filters[0].requestMirror.percent'],
  ['bad', 'less than nothing', mirror('percent: -1')],
  ['ok', 'a fraction of 100', mirror('fraction: { numerator: 50 }')],
  ['ok', 'a fraction', mirror('fraction: { numerator: 1, denominator: 1000 }')],
  ['bad', 'a fraction over 100', mirror('fraction: { numerator: 101 }'), '.filters[0].requestMirror.fraction'],
  ['bad', 'a fraction of nothing', mirror('fraction: { numerator: 5, denominator: 0 }')],
  ['bad', 'a fraction without a numerator', mirror('fraction: { denominator: 5 }')],
  ['bad', 'a fraction and a percentage', mirror('percent: 5, fraction: { numerator: 1 }')],
  ['bad', 'a mirror without a port', sent('{ type: RequestMirror, requestMirror: { backendRef: { name: v2 } } }')],
  ['bad', 'a mirror of nothing', sent('{ type: RequestMirror, requestMirror: {} }')],
])

const replace = 'path: { type: ReplacePrefixMatch, replacePrefixMatch: foo }'
table(
  'the prefix that a filter replaces',
  (['URLRewrite', 'RequestRedirect'] as const).flatMap((type): Row[] => {
    const filter = `{ type: ${type}, ${type === 'URLRewrite' ? 'urlRewrite' : 'requestRedirect'}: { ${replace} } }`
    const rule = (matches: string): string => `{ ${matches}filters: [${filter}] }`
    const inner = (matches: string): string =>
      `{ ${matches}backendRefs: [{ name: v1, port: 8080, filters: [${filter}] }] }`
    return [
      ['ok', `${type}: the only one`, rule(`matches: [${prefix('/foo')}], `)],
      ['ok', `${type}: the default`, rule('')],
      ['bad', `${type}: one of two`, rule(`matches: [${prefix('/foo')}, ${prefix('/bar')}], `), '.matches'],
      ['bad', `${type}: a pattern`, rule(`matches: [${regex}], `), '.matches'],
      ['bad', `${type}: of no matches`, rule('matches: [], '), '.matches'],
      ['ok', `${type}: of a backend`, inner(`matches: [${prefix('/foo')}], `)],
      [
        'bad',
        `${type}: of a backend, one of two`,
        inner(`matches: [${prefix('/foo')}, ${prefix('/bar')}], `),
        '.matches',
      ],
      ['bad', `${type}: of a backend, a pattern`, inner(`matches: [${regex}], `), '.matches'],
    ]
  }),
)

table(
  'the path of a redirect',
  (
    [
      ['ok', 'type: ReplaceFullPath, replaceFullPath: foo'],
      ['bad', 'type: ReplaceFullPath'],
      ['bad', 'type: ReplacePrefixMatch, replaceFullPath: foo'],
      ['ok', 'type: ReplacePrefixMatch, replacePrefixMatch: /foo'],
      ['bad', 'type: ReplacePrefixMatch'],
      ['bad', 'type: ReplaceFullPath, replacePrefixMatch: /foo'],
      ['bad', 'replaceFullPath: foo'],
      ['bad', `type: ReplaceFullPath, replaceFullPath: ${'a'.repeat(1_025)}`],
    ] as const
  ).map(
    ([verdict, fields]): Row => [
      verdict,
      fields.slice(0, 60),
      filters(`{ type: RequestRedirect, requestRedirect: { path: { ${fields} } } }`),
      '.filters[0].requestRedirect.path',
    ],
  ),
)

table('CORS', [
  ['ok', 'origins', cors('allowOrigins: ["https://xpto.com", "http://*.abcd.com", "http://*.abcd.com:12345"]')],
  ['ok', 'every origin', cors('allowOrigins: ["*"]')],
  ['ok', 'every host', cors('allowOrigins: ["https://*"]')],
  ['ok', 'every host of a top-level domain', cors('allowOrigins: ["https://*.com"]')],
  ['bad', 'every origin and another', cors('allowOrigins: ["*", "https://xpto.com"]'), '.filters[0].cors.allowOrigins'],
  ['bad', 'no scheme', cors('allowOrigins: ["https://xpto.com", "xpto.com"]')],
  ['bad', 'a port that is none', cors('allowOrigins: ["https://xpto.com:notaport"]')],
  ['bad', 'something before the scheme', cors('allowOrigins: ["xpto/https://xpto.com"]')],
  ['bad', 'another scheme', cors('allowOrigins: ["ftp://a.com"]')],
  ['bad', 'a path', cors('allowOrigins: ["https://a.com/"]')],
  ['bad', 'a wildcard inside a label', cors('allowOrigins: ["https://a*b.com"]')],
  ['bad', 'a wildcard that is not first', cors('allowOrigins: ["https://a.*.com"]')],
  ['bad', 'an empty origin', cors('allowOrigins: [""]')],
  ['bad', 'an unknown method', cors('allowMethods: [BAZINGA]'), '.filters[0].cors.allowMethods'],
  ['bad', 'every method and others', cors('allowMethods: [GET, "*", POST]')],
  ['ok', 'methods', cors('allowMethods: [GET, OPTIONS, POST]')],
  ['bad', 'every header and another', cors('allowHeaders: ["*", x]')],
  ['bad', 'a header twice', cors('allowHeaders: [x, x]')],
  ['ok', 'every header exposed, and another', cors('exposeHeaders: ["*", x]')],
  ['bad', 'no age', cors('maxAge: 0')],
  ['ok', 'nothing', cors('')],
])
