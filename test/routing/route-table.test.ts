import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileMatch, type StringMatch } from '../../src/core/string-match.js'
import type { RouteMatch } from '../../src/routing/index.js'
import { type Matchable, RouteTable } from '../../src/routing/route-table.js'
import { call } from './scaffold.js'

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
    for (const order of orders) expect(table(...order).match(call({ path: '/a/b' }))?.name).toBe('r0')
  })

  it('goes on to a later route when an earlier path fits but the rest does not', () => {
    const found = table(
      [{ path: '/a', method: 'POST' }],
      [{ path: { prefix: '/' }, headers: { x: '1' } }],
      [{ path: '/a' }],
    )
    expect(found.match(call({ path: '/a' }))?.name).toBe('r2')
  })

  it('takes any of a route’s alternatives', () => {
    const found = table([{ path: '/a' }, { headers: { x: '1' } }], undefined)
    expect(found.match(call({ path: '/a' }))?.name).toBe('r0')
    expect(found.match(call({ headers: { x: '1' } }))?.name).toBe('r0')
    expect(found.match(call())?.name).toBe('r1')
  })

  it('finds nothing when nothing matches', () => {
    expect(table([{ path: '/a' }]).match(call({ path: '/b' }))).toBeUndefined()
    expect(table().match(call())).toBeUndefined()
  })

  it('agrees with testing every route in order', () => {
    const text = fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/b', '')
    const path: fc.Arbitrary<StringMatch> = fc.oneof(
      text,
      fc.record({ prefix: text }),
      fc.record({ exact: text, not: fc.boolean() }),
      fc.record({ suffix: text }),
      fc.record({ prefix: text, ignoreCase: fc.boolean() }),
    )
    const match = fc.record({ path, method: fc.constantFrom('GET', 'POST') }, { requiredKeys: [] })
    const routes = fc.array(fc.array(match, { minLength: 1, maxLength: 3 }), { maxLength: 12 })
    const calls = fc.record({
      path: fc.constantFrom('/', '/a', '/a/', '/a/b', '/ab', '/b', '/A'),
      method: fc.constantFrom('GET', 'POST'),
    })
    fc.assert(
      fc.property(routes, calls, (matches, sketch) => {
        const plain = matches.findIndex((alternatives) =>
          alternatives.some(
            (one) =>
              (one.path === undefined || compileMatch(one.path)(sketch.path)) &&
              (one.method === undefined || one.method === sketch.method),
          ),
        )
        expect(table(...matches).match(call(sketch))?.name).toBe(plain === -1 ? undefined : `r${plain}`)
      }),
      { numRuns: 500 },
    )
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
