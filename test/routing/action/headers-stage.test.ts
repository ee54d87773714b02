import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../../src/core/call.js'
import { MeshError } from '../../../src/core/errors.js'
import type { RouteOptions } from '../../../src/routing/index.js'
import { call } from '../scaffold.js'
import { echo, ring } from '../scaffold-ring.js'

const sidecar = { envoyHeaders: true }

describe('what the callee sees', () => {
  it.each<[RouteOptions, string, string, string]>([
    [{ rewrite: { path: '/new' } }, '/old?q', 'reviews', '/new?q'],
    [{ rewrite: { matched: '/' }, match: [{ path: { prefix: '/old' } }] }, '/old/x', 'reviews', '//x'],
    [
      { rewrite: { matched: '/n' }, match: [{ path: '/x' }, { path: { prefix: '/old' } }] },
      '/old/x',
      'reviews',
      '/n/x',
    ],
    [
      { rewrite: { matched: '/n' }, match: [{ path: '/old/x' }, { path: { prefix: '/old' } }] },
      '/old/x',
      'reviews',
      '/n',
    ],
    [{ rewrite: { pathPrefix: '/n' }, match: [{ path: { pathPrefix: '/old/' } }] }, '/old', 'reviews', '/n'],
    [{ rewrite: { authority: 'inner' } }, '/old', 'inner', '/old'],
    [{ headers: { request: { set: { host: 'inner' } } } }, '/old', 'inner', '/old'],
    [{ to: [{ subset: 'v1', headers: { request: { set: { host: 'inner' } } } }] }, '/old', 'inner', '/old'],
  ])('%j of %s is host %s, path %s', async (route, path, host, expected) => {
    const reply = await ring(route).handler(call({ path }))
    expect([reply.headers.get('host'), reply.headers.get('path')]).toEqual([host, expected])
  })

  it('comes in Envoy’s order: values of headers are made of the old Host and path', async () => {
    const seen: (string | undefined)[] = []
    const upstream = (inner: ClientCall): ReturnType<typeof echo> => {
      seen.push(inner.headers.get('was'))
      return echo(inner)
    }
    const route = {
      rewrite: { path: '/new', authority: 'inner' },
      headers: { request: { set: { was: '%REQ(:authority)%%REQ(:path)%' } } },
    }
    await ring(route, { upstream }).handler(call({ path: '/old?q' }))
    expect(seen).toEqual(['reviews/old?q'])
  })

  it('of a sidecar’s service tells where the call was to go, and never what would steer a proxy', async () => {
    const one = call({ path: '/old?q', headers: { 'x-envoy-max-retries': '9', a: '1' } })
    await ring({ rewrite: { path: '/new', authority: 'inner' } }, sidecar).handler(one)
    expect(Object.fromEntries(one.headers)).toEqual({
      a: '1',
      'x-envoy-original-path': '/old?q',
      'x-envoy-original-host': 'reviews',
    })
    const plain = call({ headers: { 'x-envoy-max-retries': '9' } })
    await ring({ rewrite: { path: '/new' } }).handler(plain)
    expect(Object.fromEntries(plain.headers)).toEqual({ 'x-envoy-max-retries': '9' })
  })

  it('tells the original path even where a pattern found nothing', async () => {
    const one = call({ path: '/items/abc' })
    await ring({ rewrite: { regex: { pattern: '/api', substitution: '/x' } } }, sidecar).handler(one)
    expect(one.headers.get('x-envoy-original-path')).toBe('/items/abc')
  })
})

describe('what the caller sees', () => {
  const headers = { response: { set: { 'x-res': 'route' }, add: { 'x-more': '1' }, remove: ['x-up'] } }
  const to = [{ subset: 'v1', headers: { response: { set: { 'x-res': 'destination', 'x-leg': 'v1' } } } }]

  it('is changed by the destination, then by the route', async () => {
    const reply = await ring({ to, headers }).handler(call())
    expect(reply.headers.get('x-res')).toBe('route')
    expect(reply.headers.get('x-leg')).toBe('v1')
    expect(reply.headers.get('x-more')).toBe('1')
    expect(reply.headers.has('x-up')).toBe(false)
  })

  it('depends on the leg that was drawn', async () => {
    const legs = [
      { subset: 'v1', weight: 1, headers: { response: { set: { leg: 'one' } } } },
      { subset: 'v1', weight: 1 },
    ]
    expect((await ring({ to: legs }, { random: () => 0.4 }).handler(call())).headers.get('leg')).toBe('one')
    expect((await ring({ to: legs }, { random: () => 0.5 }).handler(call())).headers.get('leg')).toBeUndefined()
  })

  it.each(['rejected', 'thrown'])('is changed too where the call was %s', async (how) => {
    const error = new MeshError('ERR_MESH_CONNECT', 'x')
    const upstream = (): never | Promise<never> => {
      if (how === 'thrown') throw error
      return Promise.reject(error)
    }
    await expect(ring({ to, headers }, { upstream }).handler(call())).rejects.toMatchObject({
      code: 'ERR_MESH_CONNECT',
      headers: { 'x-res': 'route', 'x-leg': 'v1', 'x-more': '1' },
    })
  })
})

describe('a route without any of this', () => {
  it('has no stage for it', () => {
    const { explain } = ring({ to: 'v1' })
    expect(explain(call({ path: '/a' })).action).toEqual({
      kind: 'forward',
      status: undefined,
      location: undefined,
      path: '/a',
      authority: 'reviews',
      requestHeaders: [],
      responseHeaders: [],
      faults: [],
      mirrors: [],
      cors: false,
    })
  })
})
