import { describe, expect, it } from 'vitest'
import type { ServiceRoute } from '../../../src/config/service.js'
import { found, messages } from '../load-text.js'
import { load, meshRoute, ruleWith } from './route-text.js'

/** The native route of a rule without backends. */
async function routeOf(fields: string): Promise<ServiceRoute | undefined> {
  const config = await load(meshRoute('r', `    - ${fields}\n`))
  expect(found(config)).toEqual([])
  return config.services?.echo?.routes?.[0]
}

/** The native route of a rule that sends to `v1`. */
async function sent(fields: string): Promise<ServiceRoute | undefined> {
  const config = await load(meshRoute('r', ruleWith(fields)))
  expect(found(config)).toEqual([])
  return config.services?.echo?.routes?.[0]
}

const filter = (type: string, part: string, settings: string): string => `{ type: ${type}, ${part}: ${settings} }`
const redirect = (settings: string): string => filter('RequestRedirect', 'requestRedirect', settings)
const rewrite = (settings: string): string => filter('URLRewrite', 'urlRewrite', settings)
const cors = (settings: string): string => filter('CORS', 'cors', settings)
const mirror = (settings: string): string => filter('RequestMirror', 'requestMirror', settings)
const request = (settings: string): string => filter('RequestHeaderModifier', 'requestHeaderModifier', settings)
const response = (settings: string): string => filter('ResponseHeaderModifier', 'responseHeaderModifier', settings)
const prefix = 'matches: [{ path: { type: PathPrefix, value: /foo } }]'

describe('a header modifier', () => {
  it('sets, adds and removes, in requests and in replies', async () => {
    const route = await sent(
      `filters: [${request('{ set: [{ name: X-Set, value: a }], add: [{ name: X-Add, value: "b,c" }], remove: [X-Gone] }')}, ${response('{ set: [{ name: x-r, value: d }] }')}]`,
    )
    expect(route?.headers).toEqual({
      request: { set: { 'x-set': 'a' }, add: { 'x-add': 'b,c' }, remove: ['x-gone'] },
      response: { set: { 'x-r': 'd' } },
    })
  })

  it('has values that mean themselves: a percent sign begins no command', async () => {
    const route = await sent(`filters: [${request('{ set: [{ name: a, value: "100%REQ(b)%" }] }')}]`)
    expect(route?.headers?.request?.set).toEqual({ a: '100%%REQ(b)%%' })
  })

  it.each([
    ['twice to one name', '{ set: [{ name: a, value: b }], remove: [a] }'],
    ['twice, in another case', '{ set: [{ name: a, value: b }], add: [{ name: A, value: c }] }'],
    ['twice the same', '{ add: [{ name: a, value: b }, { name: a, value: c }] }'],
    ['to a name that is none', '{ set: [{ name: "a b", value: c }] }'],
    ['away from a name that is none', '{ remove: ["a b"] }'],
    ['17 times', `{ remove: [${Array.from({ length: 17 }, (_, i) => `h${i}`).join(', ')}] }`],
  ])('does nothing %s', async (_, settings) => {
    const config = await load(meshRoute('r', ruleWith(`filters: [${request(settings)}]`)))
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ error invalid-value .*requestHeaderModifier/)])
  })
})

describe('a redirect', () => {
  it.each<[string, string, unknown]>([
    ['is a 302', '{ hostname: a.com }', { authority: 'a.com', port: 'request', status: 302 }],
    [
      'has another status',
      '{ hostname: a.com, statusCode: 308 }',
      { authority: 'a.com', port: 'request', status: 308 },
    ],
    ['goes to the port of a new scheme', '{ scheme: https }', { scheme: 'https', port: 'scheme', status: 302 }],
    ['goes to a given port', '{ scheme: https, port: 8443 }', { scheme: 'https', port: 8443, status: 302 }],
    ['keeps the port of the request', '{}', { port: 'request', status: 302 }],
    [
      'replaces the path',
      '{ path: { type: ReplaceFullPath, replaceFullPath: /new } }',
      { path: '/new', port: 'request', status: 302 },
    ],
    [
      'replaces the path by one without a slash',
      '{ path: { type: ReplaceFullPath, replaceFullPath: new } }',
      { path: '/new', port: 'request', status: 302 },
    ],
    [
      'replaces the prefix',
      '{ path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } }',
      { pathPrefix: '/new', port: 'request', status: 302 },
    ],
  ])('%s', async (_, settings, expected) => {
    const route = await routeOf(`${prefix}\n      filters: [${redirect(settings)}]`)
    expect(route).toMatchObject({ redirect: expected })
    expect(route?.to).toBeUndefined()
  })

  it.each<[string, string, RegExp]>([
    ['a strange status', `filters: [${redirect('{ statusCode: 300 }')}]`, /statusCode/],
    ['a strange scheme', `filters: [${redirect('{ scheme: ftp }')}]`, /scheme/],
    ['a wildcard host', `filters: [${redirect('{ hostname: "*.a.com" }')}]`, /hostname/],
    ['an address', `filters: [${redirect('{ hostname: 10.0.0.1 }')}]`, /hostname/],
    ['port 0', `filters: [${redirect('{ port: 0 }')}]`, /port/],
    ['two redirects', `filters: [${redirect('{}')}, ${redirect('{}')}]`, /filters\[1\]\.type/],
    ['a rewrite beside it', `filters: [${redirect('{}')}, ${rewrite('{}')}]`, /filters\[1\]\.type/],
    [
      'a prefix and no prefix match',
      `matches: [{ path: { type: Exact, value: /a } }]\n      filters: [${redirect('{ path: { type: ReplacePrefixMatch, replacePrefixMatch: /n } }')}]`,
      /matches/,
    ],
  ])('refuses %s', async (_, fields, place) => {
    const config = await load(meshRoute('r', `    - ${fields}\n`))
    expect(found(config)).toEqual([expect.stringMatching(/ error invalid-value /)])
    expect(found(config)[0]).toMatch(place)
  })

  it('has no backends beside it', async () => {
    const config = await load(meshRoute('r', ruleWith(`filters: [${redirect('{}')}]`)))
    expect(found(config)).toEqual(['m.yaml:7:7 error invalid-value spec.rules[0].backendRefs'])
  })
})

describe('a rewrite', () => {
  it.each<[string, string, unknown]>([
    ['of the host', '{ hostname: a.com }', { authority: 'a.com' }],
    ['of the path', '{ path: { type: ReplaceFullPath, replaceFullPath: /one } }', { path: '/one' }],
    ['of the prefix', '{ path: { type: ReplacePrefixMatch, replacePrefixMatch: /xyz/ } }', { pathPrefix: '/xyz/' }],
    [
      'that takes the prefix away',
      '{ path: { type: ReplacePrefixMatch, replacePrefixMatch: "" } }',
      { pathPrefix: '' },
    ],
    ['of nothing', '{}', undefined],
  ])('%s', async (_, settings, expected) => {
    expect((await sent(`${prefix}\n      filters: [${rewrite(settings)}]`))?.rewrite).toEqual(expected)
  })

  it('of the prefix works with the default match, and with no two', async () => {
    const filters = `filters: [${rewrite('{ path: { type: ReplacePrefixMatch, replacePrefixMatch: /a } }')}]`
    expect((await sent(filters))?.rewrite).toEqual({ pathPrefix: '/a' })
    const two = await load(meshRoute('r', ruleWith(`matches: [{}, {}]\n      ${filters}`)))
    expect(messages(two)).toContain('exactly one match, of type PathPrefix')
    const none = await load(meshRoute('r', ruleWith(`matches: []\n      ${filters}`)))
    expect(messages(none)).toContain('exactly one match, of type PathPrefix')
  })

  it.each<[string, string, number]>([
    ['no type', '{ replaceFullPath: /a }', 1],
    ['an unknown type', '{ type: Replace, replaceFullPath: /a }', 1],
    ['a type without its value', '{ type: ReplaceFullPath }', 1],
    ['a type with the value of the other', '{ type: ReplaceFullPath, replacePrefixMatch: /a }', 2],
    ['both values', '{ type: ReplaceFullPath, replaceFullPath: /a, replacePrefixMatch: /a }', 1],
    ['a long value', `{ type: ReplaceFullPath, replaceFullPath: /${'a'.repeat(1_024)} }`, 1],
  ])('refuses %s', async (_, path, count) => {
    const config = await load(meshRoute('r', ruleWith(`filters: [${rewrite(`{ path: ${path} }`)}]`)))
    expect(config.diagnostics.filter((one) => one.severity === 'error')).toHaveLength(count)
  })
})

describe('a mirror', () => {
  it.each<[string, string, unknown]>([
    ['takes every call', '{ backendRef: { name: v2, port: 8080 } }', { service: 'v2' }],
    ['takes a percentage', '{ backendRef: { name: v2, port: 8080 }, percent: 42 }', { service: 'v2', percentage: 42 }],
    [
      'takes a fraction',
      '{ backendRef: { name: v2, port: 8080 }, fraction: { numerator: 1, denominator: 1000 } }',
      { service: 'v2', percentage: 0.1 },
    ],
    [
      'takes a fraction of 100',
      '{ backendRef: { name: v2, port: 8080 }, fraction: { numerator: 5 } }',
      { service: 'v2', percentage: 5 },
    ],
  ])('%s', async (_, settings, expected) => {
    expect((await sent(`filters: [${mirror(settings)}]`))?.mirrors).toEqual([expected])
  })

  it('can stand beside others', async () => {
    const to = (name: string): string => mirror(`{ backendRef: { name: ${name}, port: 8080 } }`)
    expect((await sent(`filters: [${to('v2')}, ${to('v3')}]`))?.mirrors).toEqual([{ service: 'v2' }, { service: 'v3' }])
  })

  it('to a Service that is not there is left out, and the calls pass', async () => {
    const config = await load(
      meshRoute('r', ruleWith(`filters: [${mirror('{ backendRef: { name: no, port: 8080 } }')}]`)),
    )
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ warning missing-service /)])
    expect(config.services?.echo?.routes?.[0]?.mirrors).toBeUndefined()
  })

  it.each([
    ['both shares', '{ backendRef: { name: v2, port: 8080 }, percent: 1, fraction: { numerator: 1 } }'],
    ['more than all', '{ backendRef: { name: v2, port: 8080 }, percent: 101 }'],
    ['more than one', '{ backendRef: { name: v2, port: 8080 }, fraction: { numerator: 3, denominator: 2 } }'],
    ['a fraction of nothing', '{ backendRef: { name: v2, port: 8080 }, fraction: { numerator: 0, denominator: 0 } }'],
    ['no numerator', '{ backendRef: { name: v2, port: 8080 }, fraction: { denominator: 3 } }'],
    ['no backend', '{ percent: 5 }'],
    ['no port', '{ backendRef: { name: v2 } }'],
  ])('refuses %s', async (_, settings) => {
    const config = await load(meshRoute('r', ruleWith(`filters: [${mirror(settings)}]`)))
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ error /)])
  })
})

describe('CORS', () => {
  it('answers what it is told', async () => {
    const settings =
      '{ allowOrigins: ["https://www.foo.com", "https://*.bar.com"], allowMethods: [GET, OPTIONS], allowHeaders: [x-1], exposeHeaders: [x-2], maxAge: 3600, allowCredentials: true }'
    expect((await sent(`filters: [${cors(settings)}]`))?.cors).toEqual({
      allowOrigins: ['https://www.foo.com', { regex: 'https://.*\\.bar\\.com' }],
      allowMethods: ['GET', 'OPTIONS'],
      allowHeaders: ['x-1'],
      exposeHeaders: ['x-2'],
      allowCredentials: true,
      maxAge: 3_600_000,
      unmatchedPreflights: 'refuse',
    })
  })

  it('lets preflights be remembered for 5 s, and exposes no "*" along with credentials', async () => {
    const route = await sent(
      `filters: [${cors('{ allowOrigins: ["*"], exposeHeaders: ["*"], allowCredentials: true }')}]`,
    )
    expect(route?.cors).toEqual({
      allowOrigins: ['*'],
      allowCredentials: true,
      maxAge: 5_000,
      unmatchedPreflights: 'refuse',
    })
  })

  it.each([
    ['a star among others', '{ allowOrigins: ["*", "https://a.com"] }'],
    ['an origin with a path', '{ allowOrigins: ["https://a.com/x"] }'],
    ['an origin without a scheme', '{ allowOrigins: [a.com] }'],
    ['an unknown method', '{ allowMethods: [GOT] }'],
    ['a star among methods', '{ allowMethods: [GET, "*"] }'],
    ['a method twice', '{ allowMethods: [GET, GET] }'],
    ['a star among headers', '{ allowHeaders: [a, "*"] }'],
    ['no time at all', '{ maxAge: 0 }'],
  ])('refuses %s', async (_, settings) => {
    const config = await load(meshRoute('r', ruleWith(`filters: [${cors(settings)}]`)))
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ error invalid-value /)])
  })
})

describe('a list of filters', () => {
  it.each([
    ['a type without its settings', '{ type: URLRewrite }', 1],
    ['settings of another type', '{ type: URLRewrite, urlRewrite: {}, cors: {} }', 1],
    ['only settings of another type', '{ type: URLRewrite, cors: {} }', 2],
    ['no type', '{ cors: {} }', 1],
    ['an unknown type', '{ type: Lua }', 1],
    ['one twice', '{ type: CORS, cors: {} }, { type: CORS, cors: {} }', 1],
  ])('refuses %s', async (_, filters, count) => {
    const config = await load(meshRoute('r', ruleWith(`filters: [${filters}]`)))
    expect(config.diagnostics.filter((one) => one.severity === 'error')).toHaveLength(count)
  })

  it.each([
    ['an extension', '{ type: ExtensionRef, extensionRef: { group: a.com, kind: Lua, name: x } }'],
    [
      'external authorization',
      '{ type: ExternalAuth, externalAuth: { protocol: HTTP, backendRef: { name: v1, port: 80 } } }',
    ],
  ])('with %s lets no call pass: 500, and a warning', async (_, one) => {
    const config = await load(meshRoute('r', ruleWith(`filters: [${one}]`)))
    expect(found(config)).toEqual([expect.stringMatching(/^m\.yaml:8:\d+ warning unsupported-field /)])
    expect(config.services?.echo?.routes?.[0]).toMatchObject({ directResponse: { status: 500 } })
    expect(config.services?.echo?.routes?.[0]?.to).toBeUndefined()
  })
})
