import { once } from 'node:events'
import http from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { GatewayRouteOptions } from '../../src/config/gateway.js'
import { counterPlaces } from '../../src/gateway/route-name.js'
import { createMesh } from '../../src/mesh/create-mesh.js'

function placesOf(...routes: Omit<GatewayRouteOptions, 'service'>[]): readonly string[] {
  return counterPlaces(routes.map((route) => ({ ...route, service: 'api' })))
}

describe('the counters of a route', () => {
  it('are kept under its name, or what host and path make of one', () => {
    expect(placesOf({ name: 'shop', methods: ['GET'] }, { hosts: ['a.example'], paths: ['/api', '/x'] }, {})).toEqual([
      'shop',
      'a.example/api',
      '*/',
    ])
  })

  it('are its own, whatever else its requests must have, and those of a route without conditions stay', () => {
    const paths = ['/api']
    const places = placesOf(
      { paths },
      { paths, methods: ['GET'] },
      { paths, methods: ['POST'] },
      { paths, schemes: ['https'] },
      { paths, ports: [8443] },
      { paths, headers: { 'x-tier': 'gold' } },
      { paths, headers: { 'x-tier': { prefix: 'g' } } },
    )
    expect(places[0]).toBe('*/api')
    expect(places[1]).toBe('*/api {"methods":["GET"]}')
    expect(new Set(places).size).toBe(places.length)
  })

  it('do not depend on what other routes demand', () => {
    const route = { paths: ['/api'], methods: ['GET'] }
    expect(placesOf(route, { paths: ['/api'], methods: ['POST'] })[0]).toBe(placesOf(route)[0])
  })

  it('are its own beside a route of the same name that takes other paths or hosts', () => {
    const places = placesOf(
      { paths: ['/api'] },
      { paths: [{ exact: '/api' }] },
      { paths: ['/api', '/more'] },
      { name: '*/api', paths: [{ regex: '/api' }] },
    )
    expect(places.at(-1)).toBe('*/api')
    expect(new Set(places).size).toBe(places.length)
  })

  it('are shared by routes that were given one name', () => {
    expect(placesOf({ name: 'x', methods: ['GET'] }, { name: 'x', methods: ['POST'] })).toEqual(['x', 'x'])
  })
})

it('a limit of one method counts nothing of another on the same path', async () => {
  const upstream = http.createServer((_request, response) => response.end('ok')).listen(0, '127.0.0.1')
  await once(upstream, 'listening')
  const address = upstream.address()
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  const limited = (method: string, limit: number): GatewayRouteOptions => ({
    paths: ['/api'],
    methods: [method],
    service: 'api',
    plugins: [{ name: 'rate-limiting', config: { limit, per: '1h' } }],
  })
  const mesh = createMesh({
    service: 'edge',
    config: {
      services: { api: { endpoints: [{ url }] } },
      gateway: { routes: [limited('GET', 1_000), limited('POST', 3)] },
    },
  })
  onTestFinished(async () => {
    await mesh.close()
    upstream.closeAllConnections()
    upstream.close()
  })
  const { port } = await mesh.server(mesh.gateway()).listen({ host: '127.0.0.1' })
  const statuses: number[] = []
  for (const method of ['GET', 'GET', 'GET', 'POST', 'POST', 'POST', 'POST'])
    statuses.push((await fetch(`http://127.0.0.1:${port}/api`, { method })).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 200, 429])
})
