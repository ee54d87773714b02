import { describe, expect, expectTypeOf, it } from 'vitest'
import { object, problemsOf, rule } from '../../src/core/schema/index.js'
import { checkRoute, destinationsOf, type RouteOptions, routeFields } from '../../src/routing/index.js'

const schema = rule(object<RouteOptions>({ ...routeFields }), checkRoute)
const problems = (route: unknown): string[] =>
  problemsOf(schema, route, 'routes[0]').map(({ path, message }) => `${path}: ${message}`)

describe('a route', () => {
  it.each<RouteOptions>([
    {},
    { to: 'v1' },
    { to: { v1: 80, v2: 20 } },
    { to: { v1: 100, v2: 0 } },
    { to: { v1: 0 } },
    { to: [{ service: 'ratings' }] },
    {
      to: [
        { subset: 'v1', weight: 1 },
        { service: 'ratings', subset: 'v2', weight: 0 },
      ],
    },
    { name: 'canary', match: [{ headers: { a: { present: true } } }, { path: { regex: '/v[0-9]+' } }] },
    { origin: { file: 'routes.yaml', line: 7 } },
    { headers: { request: { set: { host: 'a:80', ':authority': 'b', 'X-A': '%REQ(x)% \u00e9' }, remove: ['x-b'] } } },
    { rewrite: { path: '/caf\u00e9?a=%20', authority: 'a.example:8080' } },
    { redirect: { pathPrefix: '', authority: '[::1]:80' } },
    { redirect: { path: '/a b', authority: 'a.example/base' } },
    { directResponse: { status: 200, body: 'a'.repeat(1_048_576) } },
  ])('may be %j', (route) => {
    expect(problems(route)).toEqual([])
  })

  it.each<[unknown, RegExp]>([
    [{ to: { v1: 0, v2: 0 } }, /^routes\[0\]\.to: has weights that sum to 0/],
    [{ to: { v1: -1, v2: 2 } }, /^routes\[0\]\.to\.v1: must be an integer/],
    [{ to: { v1: Number.NaN, v2: 2 } }, /^routes\[0\]\.to\.v1: must be an integer/],
    [{ to: { v1: 2_147_483_648, v2: 2 } }, /^routes\[0\]\.to\.v1: must be an integer/],
    [{ to: {} }, /^routes\[0\]\.to: names no subset/],
    [{ to: [] }, /^routes\[0\]\.to/],
    [{ to: [{ subset: 'v1', weight: 1 }, { subset: 'v2' }] }, /^routes\[0\]\.to\[1\]: needs a weight/],
    [{ to: [{ subset: 'v1', wieght: 1 }] }, /^routes\[0\]\.to\[0\]\.wieght: is not a known option/],
    [{ match: [] }, /^routes\[0\]\.match: must have at least 1 entry/],
    [{ match: [{ pth: '/' }] }, /^routes\[0\]\.match\[0\]\.pth: is not a known option/],
    [{ match: [{ path: { regex: '(' } }] }, /^routes\[0\]\.match\[0\]\.path\.regex: is no RE2 pattern/],
    [{ match: [{ path: { exact: '/', prefix: '/' } }] }, /^routes\[0\]\.match\[0\]\.path: needs exactly one/],
    [
      { headers: { request: { set: { 'bad name': 'v' } } } },
      /^routes\[0\]\.headers\.request\.set\["bad name"\]: is not a header name/,
    ],
    [{ headers: { response: { add: { ':status': '1' } } } }, /: is not a header name/],
    [
      { headers: { response: { remove: ['a b'] } } },
      /^routes\[0\]\.headers\.response\.remove\[0\]: is not a header name/,
    ],
    [{ headers: { response: { add: { a: 'v\n' } } } }, /^routes\[0\]\.headers\.response\.add\.a: must be one line/],
    [{ headers: { request: { set: { a: '\u20ac' } } } }, /^routes\[0\]\.headers\.request\.set\.a: must be one line/],
    [{ rewrite: { path: '/a b' } }, /^routes\[0\]\.rewrite\.path: must have no spaces/],
    [{ rewrite: { authority: 'a b' } }, /^routes\[0\]\.rewrite\.authority: must be a host/],
    [{ redirect: { authority: 'a\nb' } }, /^routes\[0\]\.redirect\.authority: must be one line/],
    [{ redirect: { path: '/a\r\n' } }, /^routes\[0\]\.redirect\.path: must be one line/],
    [{ directResponse: { status: 200, body: 'a'.repeat(1_048_577) } }, /^routes\[0\]\.directResponse\.body: is longer/],
    [{ match: [{ headers: JSON.parse('{"__proto__": "x"}') }] }, /__proto__.*: is not allowed as a name/],
  ])('may not be %j', (route, expected) => {
    expect(problems(route)).toEqual([expect.stringMatching(expected)])
  })

  it('names only subsets that exist', () => {
    type To = Exclude<RouteOptions<'v1' | 'v2'>['to'], undefined>
    expectTypeOf<'v1'>().toExtend<To>()
    expectTypeOf<{ v1: 80; v2: 20 }>().toExtend<To>()
    expectTypeOf<'v3'>().not.toExtend<To>()
    expectTypeOf<{ subset: 'v3'; weight: 1 }[]>().not.toExtend<To>()
  })
})

describe('the destinations of a route', () => {
  it.each<[RouteOptions['to'], unknown]>([
    [undefined, [{ service: 'reviews', subset: undefined, weight: undefined }]],
    ['v1', [{ service: 'reviews', subset: 'v1', weight: undefined }]],
    [
      { v1: 80, v2: 20 },
      [
        { service: 'reviews', subset: 'v1', weight: 80 },
        { service: 'reviews', subset: 'v2', weight: 20 },
      ],
    ],
    [[{ service: 'ratings', weight: 3 }], [{ service: 'ratings', subset: undefined, weight: 3 }]],
  ])('of %j are %j', (to, expected) => {
    expect(destinationsOf(to, 'reviews')).toEqual(expected)
  })
})
