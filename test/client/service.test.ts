import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { ServiceConfig, ServiceRoute } from '../../src/config/service.js'
import { createMesh } from '../../src/mesh/create-mesh.js'
import type { Mesh } from '../../src/mesh/mesh.js'
import type { MeshOptions } from '../../src/mesh/options.js'
import { scraped } from '../telemetry/exposition.js'

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

interface Upstream {
  readonly url: string
  readonly seen: IncomingMessage[]
}

async function upstream(handler: http.RequestListener = (_, response) => response.end('ok')): Promise<Upstream> {
  const seen: IncomingMessage[] = []
  const server = http.createServer((request, response) => {
    seen.push(request)
    handler(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closers.push(() => {
    server.closeAllConnections()
    return new Promise((done) => server.close(done))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

function meshOf(services: Record<string, ServiceConfig>, options: Partial<MeshOptions> = {}): Mesh {
  const mesh = createMesh({ service: 'web', config: { services }, ...options }) as Mesh
  closers.push(() => mesh.close())
  return mesh
}

const get = (mesh: Mesh, path: string, headers = {}): ReturnType<Mesh['request']> =>
  mesh.request({ url: `http://reviews${path}`, headers })

describe('a route on the wire', () => {
  it('redirects and answers without an endpoint', async () => {
    const routes: ServiceRoute[] = [
      { match: [{ path: { pathPrefix: '/old' } }], redirect: { pathPrefix: '/new', scheme: 'https' } },
      { directResponse: { status: 418, body: 'teapot' }, headers: { response: { set: { 'x-a': '1' } } } },
    ]
    const mesh = meshOf({ reviews: { routes } })
    const moved = await get(mesh, '/old/x?q')
    expect([moved.status, moved.headers.get('location')]).toEqual([301, 'https://reviews/new/x?q'])
    const teapot = await get(mesh, '/')
    expect([teapot.status, teapot.headers.get('x-a'), await teapot.body.text()]).toEqual([418, '1', 'teapot'])
  })

  it('shows the callee what the route makes of a call, once for all attempts', async () => {
    const { url, seen } = await upstream((_, response) => {
      response.statusCode = seen.length < 3 ? 503 : 200
      response.end()
    })
    const mesh = meshOf({
      reviews: {
        endpoints: [{ url }],
        envoyHeaders: true,
        timeout: '10s',
        retry: { attempts: 2, on: [503], backoff: { base: 1, max: 1 }, budget: false },
        routes: [
          {
            match: [{ path: { prefix: '/api' } }],
            rewrite: { matched: '/v1', authority: 'inner' },
            headers: { request: { add: { 'x-add': 'a' } } },
          },
        ],
      },
    })
    expect((await get(mesh, '/%61pi/x?q', { 'x-envoy-max-retries': '9' })).status).toBe(200)
    expect(seen.map(({ url, headers }) => [url, headers.host, headers['x-envoy-attempt-count']])).toEqual([
      ['/v1/x?q', 'inner', '1'],
      ['/v1/x?q', 'inner', '2'],
      ['/v1/x?q', 'inner', '3'],
    ])
    expect(seen[2]?.headers).toMatchObject({
      'x-add': 'a',
      'x-envoy-original-path': '/api/x?q',
      'x-envoy-original-host': 'reviews',
    })
    expect(Number(seen[2]?.headers['x-envoy-expected-rq-timeout-ms'])).toBeLessThanOrEqual(10_000)
    expect(seen[2]?.headers).not.toHaveProperty('x-envoy-max-retries')
  })

  it('leaves paths of a service that is no sidecar’s byte for byte', async () => {
    const { url, seen } = await upstream()
    await get(meshOf({ reviews: { endpoints: [{ url }] } }), '/%61pi/../x')
    expect(seen[0]?.url).toBe('/%61pi/../x')
    expect(seen[0]?.headers).not.toHaveProperty('x-envoy-attempt-count')
  })

  it('is chosen by who calls', async () => {
    const answer = (status: number): ServiceRoute => ({ directResponse: { status } })
    const routes: ServiceRoute[] = [
      { match: [{ sourceLabels: { version: 'v2' } }], ...answer(202) },
      { match: [{ sourceNamespace: 'shop' }], ...answer(203) },
      answer(204),
    ]
    const status = async (labels: Record<string, string>, namespace: string): Promise<number> =>
      (await get(meshOf({ reviews: { routes } }, { service: { name: 'web', namespace, labels } }), '/')).status
    expect(await status({ version: 'v2' }, 'shop')).toBe(202)
    expect(await status({ version: 'v1' }, 'shop')).toBe(203)
    expect(await status({ version: 'v1' }, 'elsewhere')).toBe(204)
  })

  it('is left aside when all are for others: the service goes its default way', async () => {
    const { url } = await upstream()
    const routes: ServiceRoute[] = [{ match: [{ sourceNamespace: 'elsewhere' }], directResponse: { status: 418 } }]
    const mesh = meshOf({ reviews: { endpoints: [{ url }], routes }, none: { endpoints: [{ url }], routes: [] } })
    expect((await get(mesh, '/')).status).toBe(200)
    expect(mesh.explain({ url: 'http://reviews/' })).toMatchObject({
      route: { name: 'default' },
      verdicts: [{ failed: ['source namespace'] }, { matched: true }],
    })
    await expect(mesh.request({ service: 'none' })).rejects.toMatchObject({ code: 'ERR_MESH_NO_ROUTE', body: '' })
  })

  it('answers a share of its calls in place of a destination that is none', async () => {
    const { url } = await upstream()
    const to = [{ weight: 1 }, { status: 500, weight: 1 }]
    const draws = [0.4, 0.6]
    const mesh = meshOf(
      { reviews: { endpoints: [{ url }], routes: [{ to }], loadBalancer: { type: 'round-robin' } } },
      { random: () => draws[0] ?? 0 },
    )
    expect((await get(mesh, '/')).status).toBe(200)
    draws.shift()
    expect((await get(mesh, '/')).status).toBe(500)
  })
})

describe('a route that hashes', () => {
  it('goes by what its callee sees, and hands out the cookie that it made', async () => {
    const one = await upstream()
    const other = await upstream()
    const config = (hash: ServiceRoute['hash']): ServiceConfig => ({
      endpoints: [{ url: one.url }, { url: other.url }],
      loadBalancer: { type: 'ring-hash' },
      routes: [{ hash, headers: { request: { set: { 'x-user': 'same' } } } }],
    })
    const byHeader = meshOf({ reviews: config([{ header: 'x-user' }]) })
    for (let i = 0; i < 20; i++) await (await get(byHeader, '/', { 'x-user': `user${i}` })).body.text()
    expect([one.seen.length, other.seen.length].sort((a, b) => a - b)).toEqual([0, 20])
    const byCookie = meshOf({ reviews: config([{ cookie: 'sticky', ttl: '1h' }]) })
    expect((await get(byCookie, '/')).headers.get('set-cookie')).toMatch(/^sticky=/)
  })
})

describe('a mirror on the wire', () => {
  it('gets a copy, and a closing mesh waits for it as for any call', async () => {
    const { url } = await upstream()
    const held: ServerResponse[] = []
    let tell = (): void => {}
    const arrived = new Promise<void>((resolve) => {
      tell = resolve
    })
    const shadow = await upstream((_, response) => {
      held.push(response)
      tell()
    })
    const mesh = meshOf({
      reviews: { endpoints: [{ url }], routes: [{ mirrors: [{ service: 'shadow' }] }] },
      shadow: { endpoints: [{ url: shadow.url }] },
    })
    const reply = await mesh.request({ url: 'http://reviews/x', method: 'POST', body: 'hello' })
    expect(await reply.body.text()).toBe('ok')
    await arrived
    expect(shadow.seen[0]?.headers).toMatchObject({ host: 'reviews-shadow', 'content-length': '5' })
    let closed = false
    const closing = mesh.close().then(() => {
      closed = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(closed).toBe(false)
    for (const response of held) response.end()
    await closing
    expect(closed).toBe(true)
  })

  it('counts as a copy of the service that gets it, and as nobody’s attempt', async () => {
    const { url } = await upstream()
    const shadow = await upstream()
    const mesh = meshOf({
      reviews: { endpoints: [{ url }], routes: [{ mirrors: [{ service: 'shadow' }, {}] }] },
      shadow: { endpoints: [{ url: shadow.url }] },
    })
    for (let i = 0; i < 3; i++) await (await get(mesh, '/')).body.text()
    const counted = (service: string, reason: string): Promise<number | undefined> =>
      scraped(mesh.metrics, 'mesh_client_attempts_total', { service, reason })
    await expect.poll(() => counted('shadow', 'mirror'), { interval: 5 }).toBe(3)
    await expect.poll(() => counted('reviews', 'mirror'), { interval: 5 }).toBe(3)
    expect([await counted('reviews', 'initial'), await counted('shadow', 'initial')]).toEqual([3, undefined])
  })

  it('that hangs holds a closing mesh no longer than any call does', async () => {
    const { url } = await upstream()
    const shadow = await upstream(() => {})
    const mesh = meshOf({
      reviews: {
        endpoints: [{ url }],
        routes: [{ mirrors: [{ service: 'shadow' }, { service: 'nowhere' }] }],
        allowUnknownDestinations: true,
      },
      shadow: { endpoints: [{ url: shadow.url }] },
    })
    await (await get(mesh, '/')).body.text()
    await mesh.close({ timeout: 50 })
  })
})
