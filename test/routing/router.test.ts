import { describe, expect, it } from 'vitest'
import type { ClientCall, Destination } from '../../src/core/call.js'
import { directReply } from '../../src/core/reply.js'
import { createRouter, type Route, RouteChoice, type RouteLeg, type RouteMatch } from '../../src/routing/index.js'
import { call } from './scaffold.js'

const leg = (subset: string): RouteLeg => {
  const name = `reviews|${subset}`
  const destination: Destination = {
    name,
    service: 'reviews',
    subset,
    attempt: () => Promise.resolve(directReply(200, { destination: name })),
  }
  return { name, destination }
}

const handler = (inner: ClientCall): ReturnType<Destination['attempt']> =>
  inner.destination?.attempt(inner) ?? Promise.reject(new Error('no destination'))

const canary: Route = {
  name: 'canary',
  match: [{ headers: { 'x-canary': 'true' } }],
  legs: [{ value: leg('v2') }],
  handler,
}
const main: Route = {
  name: 'main',
  legs: [
    { value: leg('v1'), weight: 90 },
    { value: leg('v2'), weight: 10 },
  ],
  handler,
}

describe('a router', () => {
  it('sets route and destination and runs the route’s chain', async () => {
    const router = createRouter([canary, main], { random: () => 0.95, service: 'reviews' })
    const plain = call()
    const reply = await router.handler(plain)
    expect(plain.route?.name).toBe('main')
    expect(plain.destination?.name).toBe('reviews|v2')
    expect(reply.headers.get('destination')).toBe('reviews|v2')
    const marked = call({ headers: { 'x-canary': 'true' } })
    await router.handler(marked)
    expect(marked.route).toBeInstanceOf(RouteChoice)
    expect(marked.route).toMatchObject({ name: 'canary', leg: { name: 'reviews|v2' } })
  })

  it('draws once for a call: its attempts stay with the destination', async () => {
    const draws: number[] = []
    const random = (): number => {
      draws.push(0)
      return draws.length % 2 === 0 ? 0 : 0.95
    }
    const seen: (string | undefined)[] = []
    const twice: Route = {
      ...main,
      handler: async (inner) => {
        for (const fork of [inner.fork(), inner.fork()]) {
          seen.push(fork.destination?.name)
          await fork.destination?.attempt(fork)
        }
        return directReply(200)
      },
    }
    await createRouter([twice], { random, service: 'reviews' }).handler(call())
    expect(seen).toEqual(['reviews|v2', 'reviews|v2'])
    expect(draws).toHaveLength(1)
  })

  it('rejects a call that no route matches with 404 NR', async () => {
    const router = createRouter([canary], { random: Math.random, service: 'reviews' })
    await expect(router.handler(call({ path: '/secret?token=x' }))).rejects.toMatchObject({
      code: 'ERR_MESH_NO_ROUTE',
      status: 404,
      flag: 'NR',
      service: 'reviews',
      detail: 'route_not_found',
      body: '',
      message: 'no route of "reviews" matches the call',
    })
  })

  it('tells the chain what to answer for: the leg that was drawn, though nothing defines it', async () => {
    const seen: unknown[] = []
    const lost: Route = {
      name: 'lost',
      legs: [{ value: { name: 'reviews|v9', destination: undefined } }],
      handler: (inner) => {
        seen.push(inner.route, inner.destination)
        return Promise.resolve(directReply(503))
      },
    }
    await createRouter([lost], { random: Math.random, service: 'reviews' }).handler(call())
    expect(seen).toEqual([expect.objectContaining({ leg: { name: 'reviews|v9', destination: undefined } }), undefined])
  })

  it('needs no destination for a route that answers by itself', async () => {
    const teapot: Route = { name: 'teapot', legs: [], handler: () => Promise.resolve(directReply(418)) }
    const router = createRouter([teapot], { random: Math.random, service: 'reviews' })
    expect((await router.handler(call())).status).toBe(418)
    expect(router.explain(call())).toMatchObject({ route: teapot, shares: [] })
  })

  it.each<[RouteMatch, string | undefined]>([
    [{ path: { prefix: '/foo' } }, '/foo'],
    [{ path: { prefix: '/FOO', ignoreCase: true } }, '/FOO'],
    [{ path: { pathPrefix: '/foo/' } }, '/foo'],
    [{ path: '/foo/bar' }, undefined],
    [{ path: { regex: '/f.*' } }, undefined],
    [{}, undefined],
  ])('tells the chain what %j matched: %s', async (match, prefix) => {
    const router = createRouter([{ ...main, match: [{ path: '/other' }, match] }], {
      random: Math.random,
      service: 'reviews',
    })
    const one = call({ path: '/foo/bar' })
    await router.handler(one)
    expect(one.route).toMatchObject({ prefix })
  })

  it('refuses weights that sum to 0', () => {
    const none: Route = { ...main, legs: main.legs.map((one) => ({ ...one, weight: 0 })) }
    expect(() => createRouter([none], { random: Math.random, service: 'reviews' })).toThrow(/sum to more than 0/)
  })

  it('explains without drawing or sending', () => {
    const random = (): number => {
      throw new Error('drawn')
    }
    const router = createRouter([canary, main], { random, service: 'reviews' })
    const explanation = router.explain(call())
    expect(explanation.route).toBe(main)
    expect(explanation.shares.map(({ value, share }) => [value.name, share])).toEqual([
      ['reviews|v1', 0.9],
      ['reviews|v2', 0.1],
    ])
    expect(explanation.verdicts).toEqual([
      { route: 'canary', matched: false, failed: ['header x-canary'] },
      { route: 'main', matched: true, failed: [] },
    ])
  })
})
