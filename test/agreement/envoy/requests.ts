import type { Draw } from './draw.js'

/** A request to ask of both. */
export interface Request {
  readonly method: string
  readonly authority: string
  readonly path: string
  readonly headers: readonly (readonly [string, string])[]
  /** Decides splits: taken modulo the sum of the weights. */
  readonly random: number
}

const long = `/${'long/'.repeat(400)}end`

/** Paths that clients of good faith do not send, among those that they do. */
const paths: readonly string[] = [
  '/',
  '/api',
  '/api/',
  '/api/v1',
  '/api/v1/',
  '/api/v1/items?debug=1',
  '/api/v2',
  '/API',
  '/API/v1',
  '/apiary',
  '/api//v1',
  '//api',
  '/api/../admin',
  '/api/./v1',
  '/api/%2e%2e/admin',
  '/%61pi',
  '/a%2Fb',
  '/a%2fb',
  '/a%2Fb/c',
  '/a//b',
  '/a/b',
  '/b/b',
  '/items/42',
  '/items/42/x',
  '/ITEMS/42',
  '/items/abc',
  '/items/4%32',
  '/items;v=1',
  '/api/v1;v=1?q=1',
  '/api?debug',
  '/api?debug=',
  '/api?debug=1&debug=2',
  '/api?debug=2&debug=1',
  '/api?Debug=1',
  '/api?%64ebug=1',
  '/api?q=a+b',
  '/api?q=a%20b&debug=1',
  '/api?',
  '/api??debug=1',
  '/api?&&debug=1',
  '/api?=1',
  '/?debug=1',
  '/caf%C3%A9',
  '/a*b',
  '/%',
  '/%zz',
  '/a|b',
  '/a"b',
  '/{a}',
  '/a\\b',
  long,
  `${long}?debug=1`,
]

const headers: readonly (readonly [string, string])[] = [
  ['x-user', 'alice'],
  ['X-User', 'bob'],
  ['x-user', 'ALICE'],
  ['x-user', ''],
  ['x-tier', 'gold'],
  ['x-tier', 'gold,silver'],
  ['x-tier', ' gold '],
  ['X-TIER', 'Gold'],
  ['x-canary', 'true'],
  ['x-canary', ''],
  ['cookie', 'user=alice; other=1'],
  ['cookie', 'user="bob"'],
  ['access-control-request-method', 'PUT'],
  ['access-control-request-headers', 'x-user, x-tier'],
]

const origins: readonly (readonly [string, string])[] = [
  ['origin', 'https://shop.example'],
  ['origin', 'http://evil.example'],
  ['Origin', ''],
]

/** Requests to the services of a config, hostile on purpose. */
export function* randomRequests(draw: Draw, names: readonly string[], count: number): Iterable<Request> {
  for (let i = 0; i < count; i++) {
    const name = draw.one(names)
    const host = draw.one([name, name, name, name.toUpperCase(), `${name}.alias`, `a.b.${name}.wild`])
    yield {
      method: draw.one(['GET', 'GET', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']),
      authority: `${host}${draw.one(['', '', '', ':80', ':8080', ':65535'])}`,
      path: draw.one(paths),
      // Envoy joins a repeated Origin, which no browser sends.
      headers: [...draw.some(headers, 0.15), ...draw.some(origins, 0.1).slice(0, 1)],
      random: draw.int(1_000_000),
    }
  }
}
