import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileRouteMatch } from '../../src/routing/matcher.js'
import type { PathMatch, RouteMatch } from '../../src/routing/options.js'
import { type Matchable, RouteTable } from '../../src/routing/route-table.js'
import { call, type Sketch } from './scaffold.js'

const nobody = { namespace: '', labels: {} }

const table = (...matches: (RouteMatch[] | undefined)[]): RouteTable<Matchable> =>
  new RouteTable(matches.map((match, i) => ({ name: `r${i}`, match })))

describe('a route table', () => {
  it('takes the first route that matches, whichever way it is found', () => {
    const exact: RouteMatch[] = [{ path: '/a/b' }]
    const prefix: RouteMatch[] = [{ path: { prefix: '/a' } }]
    const longer: RouteMatch[] = [{ path: { prefix: '/a/' } }]
    const regex: RouteMatch[] = [{ path: { regex: '/a/.*' } }]
    const orders = [
      [exact, prefix, longer, regex],
      [regex, longer, prefix, exact],
      [prefix, exact, regex, longer],
      [longer, regex, exact, prefix],
    ]
    for (const order of orders) expect(table(...order).find(call({ path: '/a/b' }))?.route.name).toBe('r0')
  })

  it('goes on to a later route when an earlier path fits but the rest does not', () => {
    const found = table(
      [{ path: '/a', method: 'POST' }],
      [{ path: { prefix: '/' }, headers: { x: '1' } }],
      [{ path: '/a' }],
    )
    expect(found.find(call({ path: '/a' }))?.route.name).toBe('r2')
  })

  it('takes any of a route’s alternatives', () => {
    const found = table([{ path: '/a' }, { headers: { x: '1' } }], undefined)
    expect(found.find(call({ path: '/a' }))?.route.name).toBe('r0')
    expect(found.find(call({ headers: { x: '1' } }))?.route.name).toBe('r0')
    expect(found.find(call())?.route.name).toBe('r1')
  })

  it('finds nothing when nothing matches', () => {
    expect(table([{ path: '/a' }]).find(call({ path: '/b' }))).toBeUndefined()
    expect(table().find(call())).toBeUndefined()
  })

  it('says by which alternative: the first that matches, whichever way it is found', () => {
    const alternatives: RouteMatch[] = [{ path: { regex: '/a/.*' } }, { path: { prefix: '/a' } }, { path: '/a/b' }]
    for (let turn = 0; turn < 3; turn++) {
      const turned = [...alternatives.slice(turn), ...alternatives.slice(0, turn)]
      expect(table(turned).find(call({ path: '/a/b' }))?.alternative).toBe(0)
    }
    expect(table([{ path: '/x' }, { path: { pathPrefix: '/a' } }]).find(call({ path: '/a/b' }))?.alternative).toBe(1)
  })

  it('leaves out alternatives that do not fit the calling workload, and routes that have no other', () => {
    const routes: Matchable[] = [
      { name: 'theirs', match: [{ sourceNamespace: 'theirs' }, { sourceLabels: { app: 'other' } }] },
      { name: 'partly', match: [{ sourceNamespace: 'theirs' }, { path: '/a', sourceNamespace: 'ours' }] },
      { name: 'rest' },
    ]
    const found = new RouteTable(routes, { namespace: 'ours', labels: { app: 'web' } })
    expect(found.find(call({ path: '/a' }))).toMatchObject({ route: { name: 'partly' }, alternative: 1 })
    expect(found.find(call({ path: '/b' }))?.route.name).toBe('rest')
    expect(found.explain(call({ path: '/b' }))).toEqual([
      { route: 'theirs', matched: false, failed: ['source namespace', 'source label app'] },
      { route: 'partly', matched: false, failed: ['source namespace', 'path'] },
      { route: 'rest', matched: true, failed: [] },
    ])
  })

  it('agrees with testing every route in order', () => {
    const text = fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/b', '')
    const segments = fc.constantFrom('/', '/a', '/a/', '/a/b')
    const path: fc.Arbitrary<PathMatch> = fc.oneof(
      text,
      fc.record({ prefix: text }),
      fc.record({ pathPrefix: segments }),
      fc.record({ exact: text, not: fc.boolean() }),
      fc.record({ suffix: text }),
      fc.record({ prefix: text, ignoreCase: fc.boolean() }),
      fc.record({ exact: text, ignoreCase: fc.boolean() }),
      fc.record({ regex: fc.constantFrom('/a.*', '/(a|b)', '/a|/b', '/ab?', '/a/?b*', '.*', '/A') }),
    )
    const value = fc.constantFrom('1', '2', '3', '', 'a', 'B')
    const headers = fc.dictionary(
      fc.constantFrom('x', 'Y', 'z'),
      fc.oneof(
        value,
        fc.record({ exact: value }),
        fc.record({ exact: value, not: fc.boolean() }),
        fc.record({ exact: fc.constantFrom('A', 'b'), ignoreCase: fc.boolean() }),
      ),
      { maxKeys: 2 },
    )
    const match = fc.record({ path, method: fc.constantFrom('GET', 'POST'), headers }, { requiredKeys: [] })
    const routes = fc.array(fc.array(match, { minLength: 1, maxLength: 3 }), { maxLength: 40 })
    const calls = fc.record({
      path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/b', '/A', '/abc/d'),
      method: fc.constantFrom('GET', 'POST'),
      headers: fc.dictionary(fc.constantFrom('x', 'y', 'Z'), value),
    })
    fc.assert(
      fc.property(routes, calls, (matches, sketch) => {
        const one = call(sketch)
        const plain = matches.findIndex((alternatives) =>
          alternatives.some((match) =>
            compileRouteMatch(match, nobody).conditions.every((test) => test.test(one, sketch.path)),
          ),
        )
        expect(table(...matches).find(one)?.route.name).toBe(plain === -1 ? undefined : `r${plain}`)
      }),
      { numRuns: 1_000 },
    )
  })

  it.each<[string, (i: number) => RouteMatch, (i: number) => Sketch]>([
    ['exact paths', (i) => ({ path: `/a/${i}` }), (i) => ({ path: `/a/${i}` })],
    ['whole segments', (i) => ({ path: { pathPrefix: `/a/${i}` } }), (i) => ({ path: `/a/${i}/x` })],
    ['any case', (i) => ({ path: { prefix: `/A/${i}/`, ignoreCase: true } }), (i) => ({ path: `/a/${i}/` })],
    ['patterns', (i) => ({ path: { regex: `/a/${i}/.*` } }), (i) => ({ path: `/a/${i}/x` })],
    ['headers', (i) => ({ headers: { 'x-user': `u${i}` } }), (i) => ({ headers: { 'X-User': `u${i}` } })],
    [
      'headers beside one that all ask for',
      (i) => ({ path: { prefix: '/' }, headers: { tier: 'gold', user: `u${i}` } }),
      (i) => ({ headers: { tier: 'gold', user: `u${i}` } }),
    ],
  ])('of 1,000 routes by %s tests only those that could match', (_, matchOf, sketchOf) => {
    let tests = 0
    const routes = Array.from({ length: 1_000 }, (_, i) => ({ name: `r${i}`, match: [matchOf(i)] }))
    const found = new RouteTable(routes)
    for (const i of [0, 499, 999]) {
      const one = call(sketchOf(i))
      const { get } = one.headers
      one.headers.get = (name) => {
        tests++
        return get.call(one.headers, name)
      }
      expect(found.find(one)?.route.name).toBe(`r${i}`)
    }
    expect(tests).toBeLessThan(20)
  })
})

describe('an explanation', () => {
  it('names the first failed test of each alternative, down to the chosen route', () => {
    const found = table(
      [{ path: '/x', headers: { 'x-canary': 'true' } }, { headers: { 'X-Canary': 'true' } }],
      [{ method: 'POST' }],
      [{ query: { page: '1' } }],
      undefined,
      undefined,
    )
    expect(found.explain(call({ path: '/a' }))).toEqual([
      { route: 'r0', matched: false, failed: ['path', 'header x-canary'] },
      { route: 'r1', matched: false, failed: ['method'] },
      { route: 'r2', matched: false, failed: ['query page'] },
      { route: 'r3', matched: true, failed: [] },
    ])
  })
})
