import { once } from 'node:events'
import https from 'node:https'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import type { MeshEvents } from '../../src/core/events.js'
import { subjectAltName } from '../../src/identity/x509/extensions.js'
import { createMesh, type DnsOptions, dns, type EndpointOptions, type MeshOptions } from '../../src/index.js'
import type { Mesh } from '../../src/mesh/mesh.js'
import { type FaultyServer, fakeClock, faultyServer } from '../../src/testing/index.js'
import { type DnsServer, dnsServer } from '../discovery/dns/dns-server.js'
import { Authority } from '../identity/authority.js'

let names: DnsServer
beforeEach(async () => {
  names = await dnsServer()
})
afterEach(() => names.close())

function meshOf(api: ServiceConfig, options: Partial<MeshOptions> = {}): Mesh {
  const mesh = createMesh({ service: 'test', ...options, config: { services: { api } } })
  onTestFinished(() => mesh.close())
  return mesh
}

async function serving(...plan: Parameters<typeof faultyServer>): Promise<FaultyServer> {
  const server = await faultyServer(...plan)
  onTestFinished(() => server.close())
  return server
}

/** A name that the test's DNS server knows. */
function named(port: number, options: DnsOptions = {}): ReturnType<typeof dns> {
  return dns(`api.test:${port}`, { servers: [names.address], ...options })
}

const status = async (mesh: Mesh, path = '/'): Promise<number> => {
  const reply = await mesh.request({ service: 'api', path })
  await reply.body.bytes()
  return reply.status
}

describe('a service behind a name', () => {
  it('is called at the addresses of the name, and the first call waits for them', async () => {
    const server = await serving()
    names.answer('A', 'api.test', { ttl: 60, data: ['127.0.0.1'] })
    const mesh = meshOf({ discovery: named(server.port) })
    expect(await status(mesh)).toBe(200)
    await mesh.ready()
    expect(server.requests[0]?.headers.get('host')).toBe('api')
  })

  it('localhost needs no DNS server', async () => {
    const server = await serving()
    expect(await status(meshOf({ discovery: dns(`localhost:${server.port}`) }))).toBe(200)
  })

  it('is several services of an SRV name, each at its own port', async () => {
    const [a, b] = [await serving(), await serving()]
    const data = [a, b].map(({ port }, i) => ({ priority: 0, weight: 1, port, target: `${i}.api.test` }))
    names.answer('SRV', '_api._tcp.test', { ttl: 60, data })
    for (const i of [0, 1]) names.answer('A', `${i}.api.test`, { ttl: 60, data: ['127.0.0.1'] })
    const discovery = dns('_api._tcp.test', { mode: 'srv', servers: [names.address] })
    const mesh = meshOf({ discovery, loadBalancer: 'round-robin' })
    for (let i = 0; i < 4; i++) expect(await status(mesh)).toBe(200)
    expect([a.requests.length, b.requests.length]).toEqual([2, 2])
  })

  it('several names are one service, with the labels of each for subsets', async () => {
    const [a, b] = [await serving(), await serving()]
    const mesh = meshOf({
      discovery: [
        dns(`127.0.0.1:${a.port}`, { labels: { version: 'v1' } }),
        dns(`localhost:${b.port}`, { labels: { version: 'v2' } }),
      ],
      subsets: { v1: { version: 'v1' }, v2: { version: 'v2' } },
      routes: [{ match: [{ path: { prefix: '/new' } }], to: 'v2' }, { to: 'v1' }],
    })
    expect(await status(mesh, '/new')).toBe(200)
    expect([a.requests.length, b.requests.length]).toEqual([0, 1])
    expect(await status(mesh)).toBe(200)
    expect([a.requests.length, b.requests.length]).toEqual([1, 1])
  })
})

describe('before the first answer', () => {
  it('a call waits no longer than its deadline', async () => {
    names.breaks('silence')
    const mesh = meshOf({ discovery: named(80), timeout: '50ms' })
    await expect(status(mesh)).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'discovery' })
  })

  it('a caller that goes away waits no longer', async () => {
    names.breaks('silence')
    const mesh = meshOf({ discovery: named(80) })
    const abort = new AbortController()
    const called = mesh.request({ service: 'api', path: '/', signal: abort.signal })
    await expect.poll(() => names.questions.length).toBeGreaterThan(0)
    abort.abort(new Error('gone'))
    await expect(called).rejects.toThrow('gone')
  })

  it('a mesh that is closed lets nobody wait', async () => {
    names.breaks('silence')
    const mesh = meshOf({ discovery: named(80) })
    const called = status(mesh).catch((error: unknown) => error)
    await expect.poll(() => names.questions.length).toBeGreaterThan(0)
    await mesh.close({ timeout: 1 })
    expect(await called).toMatchObject({ name: 'MeshError', status: 503 })
  })

  it.each(['NXDOMAIN', 'SERVFAIL'] as const)('%s fails calls with 503 UH, and ready() says why', async (how) => {
    names.breaks(how)
    const mesh = meshOf({ discovery: named(80) })
    await expect(status(mesh)).rejects.toMatchObject({
      code: 'ERR_MESH_NO_HEALTHY_ENDPOINT',
      status: 503,
      flag: 'UH',
      detail: 'no_healthy_upstream',
      message: expect.stringContaining('api.test'),
    })
    await expect(mesh.ready()).rejects.toMatchObject({ code: 'ERR_MESH_NO_HEALTHY_ENDPOINT' })
  })

  it('a service whose name is found later serves from then on', async () => {
    const server = await serving()
    const clock = fakeClock()
    const mesh = meshOf({ discovery: named(server.port) }, { clock })
    await expect(status(mesh)).rejects.toMatchObject({ flag: 'UH' })
    names.answer('A', 'api.test', { ttl: 60, data: ['127.0.0.1'] })
    await clock.advance(500)
    await expect.poll(() => status(mesh).catch(() => 0)).toBe(200)
  })
})

describe('a logical name', () => {
  it('keeps its connections when DNS answers otherwise', async () => {
    const server = await serving()
    names.answer('A', 'api.test', { ttl: 1, data: ['127.0.0.1'] })
    const clock = fakeClock()
    const mesh = meshOf({ discovery: named(server.port, { mode: 'logical' }) }, { clock })
    const moved: unknown[] = []
    mesh.on('endpoint', (event) => moved.push(event))
    expect(await status(mesh)).toBe(200)
    names.answer('A', 'api.test', { ttl: 1, data: ['127.9.9.9'] })
    const asked = names.questions.length
    await clock.advance(1_100)
    await expect.poll(() => names.questions.length).toBeGreaterThan(asked)
    expect(await status(mesh)).toBe(200)
    expect(server.connections).toBe(1)
    expect(moved).toMatchObject([{ change: 'added', endpoint: `api.test:${server.port}` }])
  })
})

describe('TLS', () => {
  const root = Authority.root()

  async function secure(name: string): Promise<number> {
    const san = subjectAltName({ dnsNames: [name] })
    const { cert, key } = root.leaf(undefined, { san, keyUsage: null, extendedKeyUsage: null })
    const server = https.createServer({ cert, key }, (_request, response) => response.end('ok'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.close()
      server.closeAllConnections()
    })
    const address = server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  it.each(['strict', 'logical'] as const)('%s: the server proves the name, not the address', async (mode) => {
    names.answer('A', 'api.test', { ttl: 60, data: ['127.0.0.1'] })
    const tls = { mode: 'simple', ca: root.pem } as const
    const good = await secure('api.test')
    expect(await status(meshOf({ discovery: named(good, { mode, scheme: 'https' }), tls }))).toBe(200)
    const other = await secure('other.test')
    await expect(status(meshOf({ discovery: named(other, { mode, scheme: 'https' }), tls }))).rejects.toMatchObject({
      code: 'ERR_MESH_PEER_IDENTITY',
    })
  })
})

describe("a user's resolver", () => {
  it('is an object with a watch function', async () => {
    const [a, b] = [await serving(), await serving()]
    let report: (endpoints: readonly EndpointOptions[]) => void = () => {}
    let stopped = 0
    const mesh = meshOf({
      discovery: {
        watch(onEndpoints) {
          report = onEndpoints
          return () => {
            stopped++
          }
        },
      },
    })
    const events: MeshEvents['discovery'][] = []
    mesh.on('discovery', (event) => events.push(event))
    const first = status(mesh)
    report([{ url: a.url }])
    expect(await first).toBe(200)
    report([{ url: b.url }])
    expect(await status(mesh)).toBe(200)
    report([{ url: 'nonsense' }])
    expect(await status(mesh)).toBe(200)
    expect([a.requests.length, b.requests.length]).toEqual([1, 2])
    expect(events.map(({ result }) => result)).toEqual(['found', 'found', 'failed'])
    await mesh.close()
    expect(stopped).toBe(1)
  })

  it('an update with the same resolver leaves it alone', async () => {
    const server = await serving()
    let started = 0
    const discovery = {
      watch(onEndpoints: (endpoints: readonly EndpointOptions[]) => void) {
        started++
        onEndpoints([{ url: server.url }])
        return () => {}
      },
    }
    const mesh = meshOf({ discovery })
    await mesh.update({ services: { api: { discovery, timeout: '5s' } } })
    expect(await status(mesh)).toBe(200)
    expect(started).toBe(1)
  })
})

describe('the original destination', () => {
  it('is the very host and port that the call names', async () => {
    const [a, b] = [await serving(), await serving()]
    const mesh = meshOf(
      { discovery: { kind: 'original' }, hosts: ['localhost', '127.0.0.1'] },
      { outbound: 'registry-only' },
    )
    for (const [url, server] of [
      [`http://localhost:${a.port}/x`, a],
      [`http://127.0.0.1:${b.port}/y`, b],
    ] as const) {
      const reply = await mesh.request({ url })
      expect(reply.status).toBe(200)
      await reply.body.bytes()
      expect(server.requests).toHaveLength(1)
    }
    await mesh.ready()
  })

  it('is not what a route rewrites the authority to', async () => {
    const server = await serving()
    const mesh = meshOf({
      discovery: { kind: 'original' },
      hosts: ['localhost'],
      routes: [{ rewrite: { authority: 'elsewhere.test' } }],
    })
    const reply = await mesh.request({ url: `http://localhost:${server.port}/` })
    await reply.body.bytes()
    expect(server.requests[0]?.headers.get('host')).toBe('elsewhere.test')
  })

  it('is that of a copy, too, whatever its Host header', async () => {
    const server = await serving()
    const mesh = meshOf({ discovery: { kind: 'original' }, hosts: ['localhost'], routes: [{ mirrors: [{}] }] })
    const reply = await mesh.request({ url: `http://localhost:${server.port}/` })
    await reply.body.bytes()
    await expect.poll(() => server.requests.length, { interval: 5 }).toBe(2)
    expect(server.requests.map(({ headers }) => headers.get('host')).sort()).toEqual([
      `localhost-shadow:${server.port}`,
      `localhost:${server.port}`,
    ])
  })

  it('can take the place of endpoints, and they its', async () => {
    const [a, b] = [await serving(), await serving()]
    const hosts = ['localhost']
    const mesh = meshOf({ endpoints: [{ url: a.url }], hosts })
    const call = async (): Promise<void> => {
      const reply = await mesh.request({ url: `http://localhost:${b.port}/` })
      await reply.body.bytes()
    }
    await call()
    await mesh.update({ services: { api: { discovery: { kind: 'original' }, hosts } } })
    await call()
    await mesh.update({ services: { api: { endpoints: [{ url: a.url }], hosts } } })
    await call()
    expect([a.requests.length, b.requests.length]).toEqual([2, 1])
  })
})
