import type { RouteMatch, RouteOptions, ServiceRoute, StringMatch } from '../../../src/index.js'
import type { Draw } from './draw.js'

type PathMatch = NonNullable<RouteMatch['path']>

const paths: readonly PathMatch[] = [
  { exact: '/api' },
  { exact: '/api/v1' },
  { exact: '/' },
  { exact: '/a%2Fb' },
  { prefix: '/api' },
  { prefix: '/api/' },
  { prefix: '/items' },
  { prefix: '/' },
  { prefix: '/API', ignoreCase: true },
  { exact: '/Items/42', ignoreCase: true },
  { regex: '/items/[0-9]+' },
  { regex: '/api/v[12](/.*)?' },
  { regex: '/.*' },
  { regex: '/(a|b)//?b' },
  { pathPrefix: '/api' },
  { pathPrefix: '/api/v1/' },
  { pathPrefix: '/' },
  { pathPrefix: '/a%2Fb' },
]

const values: readonly StringMatch[] = [
  'gold',
  { exact: 'alice' },
  { prefix: 'al' },
  { suffix: 'ice' },
  { regex: 'a.*e' },
  { present: true },
  { present: false },
  { exact: 'bob', not: true },
  { prefix: 'go', not: true },
  { exact: 'GOLD', ignoreCase: true },
]

const queries: readonly StringMatch[] = ['1', '', { prefix: '1' }, { regex: '[0-9]+' }, { present: true }]

function match(draw: Draw): RouteMatch {
  const headers = Object.fromEntries(
    draw.some(['x-user', 'x-tier', 'x-canary'], 0.25).map((name) => [name, draw.one(values)]),
  )
  const query = Object.fromEntries(draw.some(['debug', 'q'], 0.15).map((name) => [name, draw.one(queries)]))
  return {
    ...(draw.chance(0.8) ? { path: draw.one(paths) } : {}),
    ...(draw.chance(0.2)
      ? { method: draw.one<StringMatch>(['GET', 'PUT', { prefix: 'P' }, { regex: 'GET|DELETE' }]) }
      : {}),
    ...(draw.chance(0.1)
      ? { authority: draw.one<StringMatch>([{ regex: '.*:80' }, { prefix: 'alpha' }, { suffix: 'alias' }]) }
      : {}),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
    ...(Object.keys(query).length === 0 ? {} : { query }),
  }
}

function operations(draw: Draw, kind: string): NonNullable<NonNullable<RouteOptions['headers']>['request']> {
  return {
    ...(draw.chance(0.5) ? { set: { [`x-${kind}-set`]: draw.one(['one', '', '100%%', '%REQ(x-user)%']) } } : {}),
    ...(draw.chance(0.5) ? { add: { [draw.one([`x-${kind}-add`, 'x-user'])]: draw.one(['two', 'a,b']) } } : {}),
    ...(draw.chance(0.4) ? { remove: [draw.one(['x-tier', 'x-up', 'x-canary', 'x-user'])] } : {}),
  }
}

function headers(draw: Draw): NonNullable<RouteOptions['headers']> {
  return { request: operations(draw, 'req'), response: operations(draw, 'res') }
}

function rewrite(draw: Draw, matches: readonly RouteMatch[]): RouteOptions['rewrite'] {
  const authority = draw.chance(0.4) ? { authority: draw.one(['rewritten.example', 'other.example:8080']) } : {}
  const all = (key: string): boolean =>
    matches.length > 0 && matches.every(({ path }) => typeof path === 'object' && key in path)
  if (all('pathPrefix') && draw.chance(0.6)) return { pathPrefix: draw.one(['/new', '/new/deep']), ...authority }
  if ((all('prefix') || all('exact')) && draw.chance(0.6))
    return { matched: draw.one(['/new', '/', '/new/']), ...authority }
  if (draw.chance(0.5))
    return {
      regex: draw.one([
        { pattern: '/api/(.*)', substitution: '/\\1/api' },
        { pattern: '[0-9]', substitution: 'n' },
        { pattern: '^/', substitution: '/root/' },
      ]),
      ...authority,
    }
  return 'authority' in authority ? authority : { authority: 'plain.example' }
}

function redirect(draw: Draw): NonNullable<RouteOptions['redirect']> {
  return {
    path: draw.one(['/moved', '/moved?from=here', '/moved/']),
    ...(draw.chance(0.3) ? { authority: draw.one(['elsewhere.example', 'elsewhere.example:81']) } : {}),
    ...(draw.chance(0.3) ? { scheme: draw.one(['http', 'https'] as const) } : {}),
    ...(draw.chance(0.3) ? { port: draw.one([80, 443, 8443]) } : {}),
    ...(draw.chance(0.5) ? { status: draw.one([301, 302, 303, 307, 308] as const) } : {}),
  }
}

/** Weights that sum to 100, some of them 0: one sum for all splits lets one number decide them. */
function weights(draw: Draw, count: number): number[] {
  const cuts = Array.from({ length: count - 1 }, () => draw.int(101)).sort((a, b) => a - b)
  return [...cuts, 100].map((cut, i) => cut - (cuts[i - 1] ?? 0))
}

function target(draw: Draw, names: readonly string[]): NonNullable<ServiceRoute['to']> {
  const subset = (): string => draw.one(['v1', 'v2', 'v3', 'none'])
  const kind = draw.int(4)
  if (kind === 0) return subset()
  if (kind === 1) {
    const [v1 = 0, v2 = 0, v3 = 0] = weights(draw, 3)
    return { v1, v2, v3 }
  }
  if (kind === 2) return [{ service: draw.one(names), ...(draw.chance(0.5) ? { headers: headers(draw) } : {}) }]
  return weights(draw, 2 + draw.int(2)).map((weight) => ({
    service: draw.one(names),
    ...(draw.chance(0.6) ? { subset: subset() } : {}),
    weight,
    ...(draw.chance(0.4) ? { headers: headers(draw) } : {}),
  }))
}

const cors: readonly NonNullable<RouteOptions['cors']>[] = [
  { allowOrigins: ['https://shop.example'], allowMethods: ['GET', 'PUT'], allowHeaders: ['x-user'], maxAge: '1h' },
  { allowOrigins: [{ prefix: 'https://' }], allowMethods: ['*'], allowCredentials: true, exposeHeaders: ['x-up'] },
  { allowOrigins: ['*'], allowHeaders: ['*'] },
]

/** A route in all the forms that Envoy knows too. */
export function randomRoute(draw: Draw, names: readonly string[], name: string): ServiceRoute {
  const matches = draw.chance(0.85) ? Array.from({ length: 1 + draw.int(2) }, () => match(draw)) : []
  const common: ServiceRoute = {
    name,
    ...(matches.length === 0 ? {} : { match: matches }),
    ...(draw.chance(0.4) ? { headers: headers(draw) } : {}),
    ...(draw.chance(0.15) ? { cors: draw.one(cors) } : {}),
  }
  const kind = draw.int(10)
  if (kind === 0) return { ...common, redirect: redirect(draw) }
  if (kind === 1)
    return {
      ...common,
      directResponse: { status: draw.one([200, 204, 404, 418, 503]), ...(draw.chance(0.5) ? { body: 'direct' } : {}) },
    }
  if (kind === 2)
    return { ...common, fault: { abort: { status: draw.one([400, 418, 503]), percentage: draw.one([0, 100]) } } }
  return {
    ...common,
    to: target(draw, names),
    ...(draw.chance(0.3) ? { rewrite: rewrite(draw, matches) } : {}),
  }
}
