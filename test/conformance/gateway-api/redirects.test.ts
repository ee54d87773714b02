import { describe, expect, it } from 'vitest'
import { gateway, httpRoute } from '../../manifests/gateway-api/route-text.js'
import { client, edge, inside, listen, load, meshOf, upstreams } from './harness.js'

/** HTTPRouteRedirectHostAndStatus, -Path, -Port, -Scheme, -PortAndScheme, 303/307/308, HTTPRouteRewriteHost, -RewritePath, and their mesh twins. */

const web = gateway('gw', '{ name: web, port: 80, protocol: HTTP }')
const route = (rules: string, name = 'r'): string => httpRoute(name, `  parentRefs: [{ name: gw }]\n  rules:\n${rules}`)
const meshRoute = (rules: string, name = 'r'): string =>
  httpRoute(name, `  parentRefs: [{ group: "", kind: Service, name: echo }]\n  rules:\n${rules}`)

const redirect = (path: string, settings: string, type = 'PathPrefix'): string =>
  `    - { matches: [{ path: { type: ${type}, value: ${path} } }], filters: [{ type: RequestRedirect, requestRedirect: { ${settings} } }] }\n`
const prefixPath = (to: string): string => `path: { type: ReplacePrefixMatch, replacePrefixMatch: ${to} }`
const fullPath = (to: string): string => `path: { type: ReplaceFullPath, replaceFullPath: ${to} }`

const rules = [
  redirect('/hostname', 'hostname: example.org'),
  redirect('/status', 'statusCode: 301'),
  redirect('/host-and-status', 'hostname: example.org, statusCode: 301'),
  ...[302, 303, 307, 308].map((status) => redirect(`/s${status}`, `hostname: example.org, statusCode: ${status}`)),
  redirect('/original-prefix', prefixPath('/replacement-prefix')),
  redirect('/full', fullPath('/full-path-replacement')),
  redirect('/path-and-host', `hostname: example.org, ${prefixPath('/replacement-prefix')}`),
  redirect('/path-and-status', `statusCode: 301, ${prefixPath('/replacement-prefix')}`),
  redirect('/full-path-and-host', `hostname: example.org, ${fullPath('/replacement-full')}`),
  redirect('/full-path-and-status', `statusCode: 301, ${fullPath('/replacement-full')}`),
  redirect('/port', 'port: 8083'),
  redirect('/port-and-host', 'hostname: example.org, port: 8083'),
  redirect('/port-and-status', 'port: 8083, statusCode: 301'),
  redirect('/port-and-host-and-status', 'hostname: example.org, port: 8083, statusCode: 302'),
  redirect('/scheme', 'scheme: https'),
  redirect('/scheme-and-host', 'hostname: example.org, scheme: https'),
  redirect('/scheme-and-status', 'scheme: https, statusCode: 301'),
  redirect('/scheme-and-host-and-status', 'scheme: https, hostname: example.org, statusCode: 302'),
  redirect('/exact', fullPath('/new'), 'Exact'),
  redirect('/gone-prefix', prefixPath('""')),
  redirect('/root-prefix', prefixPath('/')),
]
// A route has 16 rules at most.
const parts = [rules.slice(0, 12).join(''), rules.slice(12).join('')]

/** Host `h` stands for that of the request. */
const cases: readonly (readonly [path: string, status: number, location: string])[] = [
  ['/hostname', 302, 'http://example.org/hostname'],
  ['/hostname/deep?a=b&c', 302, 'http://example.org/hostname/deep?a=b&c'],
  ['/status', 301, 'http://h/status'],
  ['/host-and-status', 301, 'http://example.org/host-and-status'],
  ['/s302', 302, 'http://example.org/s302'],
  ['/s303', 303, 'http://example.org/s303'],
  ['/s307', 307, 'http://example.org/s307'],
  ['/s308', 308, 'http://example.org/s308'],
  ['/original-prefix/lemon', 302, 'http://h/replacement-prefix/lemon'],
  ['/original-prefix', 302, 'http://h/replacement-prefix'],
  ['/original-prefix/', 302, 'http://h/replacement-prefix/'],
  ['/original-prefix/lemon?q=1', 302, 'http://h/replacement-prefix/lemon?q=1'],
  ['/full/path/original', 302, 'http://h/full-path-replacement'],
  ['/full?q=1', 302, 'http://h/full-path-replacement?q=1'],
  ['/path-and-host', 302, 'http://example.org/replacement-prefix'],
  ['/path-and-host/lemon', 302, 'http://example.org/replacement-prefix/lemon'],
  ['/path-and-status', 301, 'http://h/replacement-prefix'],
  ['/full-path-and-host', 302, 'http://example.org/replacement-full'],
  ['/full-path-and-status', 301, 'http://h/replacement-full'],
  ['/port', 302, 'http://h:8083/port'],
  ['/port-and-host', 302, 'http://example.org:8083/port-and-host'],
  ['/port-and-status', 301, 'http://h:8083/port-and-status'],
  ['/port-and-host-and-status', 302, 'http://example.org:8083/port-and-host-and-status'],
  ['/scheme', 302, 'https://h/scheme'],
  ['/scheme-and-host', 302, 'https://example.org/scheme-and-host'],
  ['/scheme-and-status', 301, 'https://h/scheme-and-status'],
  ['/scheme-and-host-and-status', 302, 'https://example.org/scheme-and-host-and-status'],
  ['/exact', 302, 'http://h/new'],
  ['/gone-prefix/lemon', 302, 'http://h/lemon'],
  ['/gone-prefix', 302, 'http://h/'],
  ['/root-prefix/lemon', 302, 'http://h/lemon'],
]

it.each<[string, string, typeof edge]>([
  ['at the gateway', 'a.com', () => edge([web, ...parts.map((part, i) => route(part, `r${i}`))])],
  ['in the mesh', 'echo', () => inside(parts.map((part, i) => meshRoute(part, `r${i}`)))],
])('%s redirects keep what they do not replace', async (_, host, open) => {
  const { send, seen } = await open('')
  const got = []
  for (const [path] of cases) {
    const { status, headers } = await send(path)
    got.push([path, status, headers.location?.replace(`//${host}`, '//h')])
  }
  expect(got).toEqual(cases)
  expect(seen).toEqual([])
})

describe('the port of a redirect', () => {
  const settings = [
    redirect('/nil-nil', 'hostname: example.org'),
    redirect('/nil-80', 'hostname: example.org, port: 80'),
    redirect('/nil-443', 'hostname: example.org, port: 443'),
    redirect('/nil-8080', 'hostname: example.org, port: 8080'),
    redirect('/http-nil', 'hostname: example.org, scheme: http'),
    redirect('/http-80', 'hostname: example.org, scheme: http, port: 80'),
    redirect('/http-8080', 'hostname: example.org, scheme: http, port: 8080'),
    redirect('/https-nil', 'hostname: example.org, scheme: https'),
    redirect('/https-443', 'hostname: example.org, scheme: https, port: 443'),
    redirect('/https-8443', 'hostname: example.org, scheme: https, port: 8443'),
  ].join('')
  const locations: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    '{ name: l, port: 80, protocol: HTTP }': {
      '/nil-nil': 'http://example.org',
      '/nil-80': 'http://example.org',
      '/nil-443': 'http://example.org:443',
      '/nil-8080': 'http://example.org:8080',
      '/http-nil': 'http://example.org',
      '/http-80': 'http://example.org',
      '/http-8080': 'http://example.org:8080',
      '/https-nil': 'https://example.org',
      '/https-443': 'https://example.org',
      '/https-8443': 'https://example.org:8443',
    },
    '{ name: l, port: 8080, protocol: HTTP }': {
      '/nil-nil': 'http://example.org:8080',
      '/nil-80': 'http://example.org',
      '/nil-8080': 'http://example.org:8080',
      '/http-nil': 'http://example.org',
      '/http-80': 'http://example.org',
      '/http-8080': 'http://example.org:8080',
      '/https-nil': 'https://example.org',
      '/https-443': 'https://example.org',
      '/https-8443': 'https://example.org:8443',
    },
    '{ name: l, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: c }] } }': {
      '/nil-nil': 'https://example.org',
      '/nil-443': 'https://example.org',
      '/nil-8080': 'https://example.org:8080',
      '/http-nil': 'http://example.org',
      '/http-80': 'http://example.org',
      '/http-8080': 'http://example.org:8080',
      '/https-nil': 'https://example.org',
      '/https-443': 'https://example.org',
      '/https-8443': 'https://example.org:8443',
    },
  }

  it.each(Object.keys(locations))('of %s is the given one, that of the scheme, or the listener’s', async (listener) => {
    const { endpoints } = await upstreams()
    const config = await load([gateway('gw', listener), route(settings)], { endpoints })
    const mesh = meshOf([config, { inbound: { trustedProxies: ['127.0.0.1'] } }])
    const send = client(await listen(mesh.gateway()))
    const proxied = listener.includes('HTTPS') ? { 'x-forwarded-proto': 'https', 'x-forwarded-for': '10.0.0.1' } : {}
    const got: Record<string, string | undefined> = {}
    for (const path of Object.keys(locations[listener] ?? {}))
      got[path] = (await send(path, { host: 'a.com:31000', ...proxied })).headers.location?.replace(path, '')
    expect(got).toEqual(locations[listener])
  })
})

describe('a rewrite', () => {
  const rewrite = (path: string, settings: string): string =>
    `    - { matches: [{ path: { type: PathPrefix, value: ${path} } }], filters: [{ type: URLRewrite, urlRewrite: { ${settings} } }, { type: RequestHeaderModifier, requestHeaderModifier: { set: [{ name: X-Header-Set, value: set }], add: [{ name: X-Header-Add, value: added }], remove: [X-Header-Remove] } }], backendRefs: [{ name: v1, port: 8080 }] }\n`
  const text = [
    rewrite('/prefix/one', prefixPath('/one')),
    rewrite('/strip-prefix', prefixPath('/')),
    rewrite('/full/one', fullPath('/one')),
    rewrite('/host', 'hostname: one.example.org'),
    rewrite('/both', `hostname: one.example.org, ${fullPath('/one')}`),
    rewrite('/no-slash', prefixPath('new')),
  ].join('')

  it.each<[string, typeof edge, string]>([
    ['at the gateway', () => edge([web, route(text)]), 'a.com'],
    ['in the mesh', () => inside([meshRoute(text)]), 'echo'],
  ])('%s changes what the backend sees', async (_, open, host) => {
    const { send } = await open('')
    const expected: readonly (readonly [string, string, string])[] = [
      ['/prefix/one/two', '/one/two', host],
      ['/prefix/one', '/one', host],
      ['/prefix/one/', '/one/', host],
      ['/strip-prefix/three', '/three', host],
      ['/strip-prefix', '/', host],
      ['/strip-prefix/', '/', host],
      ['/full/one/two', '/one', host],
      ['/full/one/two?q=1', '/one?q=1', host],
      ['/host/x', '/host/x', 'one.example.org'],
      ['/both/x', '/one', 'one.example.org'],
      ['/no-slash/x', '/new/x', host],
      ['/prefix/one/a%20b', '/one/a%20b', host],
    ]
    for (const [path, url, authority] of expected) {
      const { seen } = await send(path, { 'x-header-add': 'there', 'x-header-remove': 'gone', 'x-header-set': 'other' })
      expect([path, seen?.url, seen?.headers.host]).toEqual([path, url, authority])
      expect(seen?.headers['x-header-set']).toBe('set')
      expect(seen?.headers['x-header-remove']).toBeUndefined()
      expect(String(seen?.headers['x-header-add']).replaceAll(' ', '')).toBe('there,added')
    }
  })

  const inner = (path: string, settings: string, outer = ''): string =>
    `    - { matches: [{ path: { type: PathPrefix, value: ${path} } }], filters: [${outer}], backendRefs: [{ name: v1, port: 8080, filters: [{ type: URLRewrite, urlRewrite: { ${settings} } }] }, { name: v2, port: 8080, weight: 0 }] }\n`
  const outer = (settings: string): string => `{ type: URLRewrite, urlRewrite: { ${settings} } }`
  const ofBackend = [
    inner('/full', fullPath('/rewritten-full')),
    inner('/prefix', prefixPath('/rewritten-prefix')),
    inner('/host', 'hostname: one.example.org'),
    inner('/both', `hostname: one.example.org, ${fullPath('/one')}`, outer('hostname: two.example.org')),
    inner('/outer-host', fullPath('/one'), outer(`hostname: two.example.org, ${fullPath('/two')}`)),
    inner('/outer-path', 'hostname: one.example.org', outer(fullPath('/two'))),
  ].join('')

  it.each<[string, typeof edge, string]>([
    ['at the gateway', () => edge([web, route(ofBackend)]), 'a.com'],
    ['in the mesh', () => inside([meshRoute(ofBackend)]), 'echo'],
  ])('%s may be that of the only backend', async (_, open, host) => {
    const { send } = await open('')
    const expected: readonly (readonly [string, string, string])[] = [
      ['/full/original', '/rewritten-full', host],
      ['/prefix/original', '/rewritten-prefix/original', host],
      ['/host/x', '/host/x', 'one.example.org'],
      ['/both/x', '/one', 'one.example.org'],
      ['/outer-host/x', '/one', 'two.example.org'],
      ['/outer-path/x', '/two', 'one.example.org'],
    ]
    const got = []
    for (const [path] of expected) {
      const { seen } = await send(path)
      got.push([path, seen?.url, seen?.headers.host])
    }
    expect(got).toEqual(expected)
  })
})
