import { describe, expect, it } from 'vitest'
import type { RouteOptions } from '../../../src/routing/index.js'
import { call } from '../scaffold.js'
import { ring } from '../scaffold-ring.js'

const headers = { request: { set: { a: '1' } }, response: { set: { 'x-res': '%REQ(x-user)%' }, remove: ['location'] } }

describe('a route that answers by itself', () => {
  it.each<[RouteOptions, number, Record<string, string>, string]>([
    [{ redirect: { path: '/new' } }, 301, { location: 'http://reviews/new?q' }, ''],
    [{ redirect: { authority: 'other', status: 308 } }, 308, { location: 'http://other/old/x?q' }, ''],
    [
      { redirect: { pathPrefix: '/n' }, match: [{ path: { pathPrefix: '/old/' } }] },
      301,
      { location: 'http://reviews/n/x?q' },
      '',
    ],
    [{ redirect: { path: '/new' }, headers }, 301, { 'x-res': 'alice' }, ''],
    [{ directResponse: { status: 418 } }, 418, {}, ''],
    // Envoy tells where in an answer that looks like a redirect: where the call went.
    [{ directResponse: { status: 303 } }, 303, { location: 'http://reviews/old/x?q' }, ''],
    [{ directResponse: { status: 201 } }, 201, { location: 'http://reviews/old/x?q' }, ''],
    [
      { directResponse: { status: 200, body: 'hello' }, headers },
      200,
      { 'x-res': 'alice', 'content-type': 'text/plain', 'content-length': '5' },
      'hello',
    ],
  ])('%j', async (route, status, expected, body) => {
    const reply = await ring(route).handler(call({ path: '/old/x?q', headers: { 'x-user': 'alice' } }))
    expect(reply.status).toBe(status)
    expect(Object.fromEntries(reply.headers)).toEqual(expected)
    expect(await reply.body.text()).toBe(body)
    expect(reply.detail).toBe('direct_response')
  })

  it('gives each call an answer of its own', async () => {
    const { handler } = ring({ directResponse: { status: 200, body: 'hello' } })
    const [one, other] = [await handler(call()), await handler(call())]
    expect([await one.body.text(), await other.body.text()]).toEqual(['hello', 'hello'])
  })

  it('looks after no cross-origin calls, as in Envoy', async () => {
    const route: RouteOptions = { directResponse: { status: 200 }, cors: { allowOrigins: [{ prefix: '' }] } }
    const reply = await ring(route).handler(call({ headers: { origin: 'https://shop.example' } }))
    expect(reply.headers.has('access-control-allow-origin')).toBe(false)
  })
})

describe('a destination that cannot be called', () => {
  it('answers with its status, where it has one', async () => {
    const to = [
      { subset: 'v1', weight: 1 },
      { service: 'gone', status: 500, weight: 1 },
    ]
    const reply = await ring({ to, headers }, { random: () => 0.5 }).handler(call({ headers: { 'x-user': 'bob' } }))
    expect([reply.status, Object.fromEntries(reply.headers), await reply.body.text()]).toEqual([
      500,
      { 'x-res': 'bob' },
      '',
    ])
    expect([reply.flag, reply.detail]).toEqual(['NC', 'cluster_not_found'])
    expect((await ring({ to }, { random: () => 0.4 }).handler(call())).headers.get('to')).toBe('reviews|v1')
  })

  it('is refused with 503 NC where nothing defines it, and the route’s changes to answers count', async () => {
    await expect(ring({ to: 'v9', headers }).handler(call({ headers: { 'x-user': 'bob' } }))).rejects.toMatchObject({
      code: 'ERR_MESH_NO_CLUSTER',
      status: 503,
      flag: 'NC',
      detail: 'cluster_not_found',
      body: '',
      headers: { 'x-res': 'bob' },
      message: 'a route of "reviews" leads to "reviews|v9", which does not exist',
    })
  })
})
