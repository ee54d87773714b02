import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ServiceConfig } from '../../src/config/service.js'
import type { MeshEvents } from '../../src/core/events.js'
import { createMesh, developmentIdentity, type MeshOptions } from '../../src/index.js'
import type { Mesh } from '../../src/mesh/mesh.js'
import { type FaultStep, type FaultyServer, fakeClock, faultyServer } from '../../src/testing/index.js'

interface Checked {
  readonly server: FaultyServer
  /** What its health check answers. */
  health: FaultStep
  /** Calls that are no health checks. */
  readonly calls: () => number
}

async function checked(reply: FaultStep = { reply: 200 }): Promise<Checked> {
  const server = await faultyServer((request) => (request.path === '/health' ? one.health : reply))
  const one: Checked = {
    server,
    health: { reply: 200 },
    calls: () => server.requests.filter((request) => request.path !== '/health').length,
  }
  onTestFinished(() => server.close())
  return one
}

function meshTo(
  servers: readonly Checked[],
  policies: Partial<ServiceConfig> = {},
  options: Partial<MeshOptions> = {},
): Mesh {
  const endpoints = servers.map(({ server }) => ({ url: server.url }))
  const api: ServiceConfig = {
    endpoints,
    loadBalancer: 'round-robin',
    healthCheck: { path: '/health', interval: '1s' },
    ...policies,
  }
  const mesh = createMesh({ service: 'test', ...options, config: { services: { api } } })
  onTestFinished(() => mesh.close())
  return mesh
}

async function calls(mesh: Mesh, n: number): Promise<void> {
  for (let i = 0; i < n; i++) {
    const reply = await mesh.request({ service: 'api', path: '/' })
    await reply.body.bytes()
    expect(reply.status).toBe(200)
  }
}

/** Waits until the mesh has said so of the server. */
async function told(events: readonly MeshEvents['health-check'][], one: Checked, healthy: boolean): Promise<void> {
  const id = `127.0.0.1:${one.server.port}`
  await expect.poll(() => events.findLast(({ endpoint }) => endpoint === id)?.healthy).toBe(healthy)
}

describe('health checks over real sockets', () => {
  it('take an endpoint out that is unwell and bring it back; calls do not notice', async () => {
    const clock = fakeClock()
    const [a, b] = [await checked(), await checked()]
    const mesh = meshTo([a, b], {}, { clock })
    const events: MeshEvents['health-check'][] = []
    mesh.on('health-check', (event) => events.push(event))
    await calls(mesh, 4)
    expect([a.calls(), b.calls()]).toEqual([2, 2])
    a.health = { reply: 503 }
    await clock.advance(1_100)
    await told(events, a, false)
    await calls(mesh, 4)
    expect([a.calls(), b.calls()]).toEqual([2, 6])
    a.health = { reply: 200 }
    await clock.advance(1_100)
    await told(events, a, true)
    await calls(mesh, 4)
    expect([a.calls(), b.calls()]).toEqual([4, 8])
  })

  it('the first call waits for the first round, so that none goes to an endpoint that is down', async () => {
    const servers = [await checked(), await checked(), await checked()]
    await servers[0]?.server.refuse()
    const mesh = meshTo(servers)
    await calls(mesh, 6)
    expect(servers.map((one) => one.calls())).toEqual([0, 3, 3])
    await mesh.ready()
  })

  it('all down is panic, or 503 UH without it', async () => {
    const a = await checked()
    a.health = { reply: 503 }
    await calls(meshTo([a]), 1)
    const strict = meshTo([a], { loadBalancer: { type: 'round-robin', panicThresholdPercent: 0 } })
    await expect(strict.request({ service: 'api', path: '/' })).rejects.toMatchObject({
      flag: 'UH',
      message: expect.stringContaining('unhealthy'),
    })
  })

  it('a reply that asks for it takes its endpoint out at once', async () => {
    const clock = fakeClock()
    const leaving: FaultStep = { reply: 200, headers: { 'x-envoy-immediate-health-check-fail': 'true' } }
    const [a, b] = [await checked(leaving), await checked()]
    const mesh = meshTo([a, b], {}, { clock })
    await calls(mesh, 6)
    expect([a.calls(), b.calls()]).toEqual([1, 5])
    expect(mesh.describe().services[0]?.routes[0]?.destinations).toBeDefined()
  })

  it('go over the connections of the service, mutual TLS included, and keep them', async () => {
    const dir = mkdtempSync(path.join(tmpdir(), 'mesh-health-'))
    const identity = (service: string): ReturnType<typeof developmentIdentity> =>
      developmentIdentity({ trustDomain: 'test.local', service, dir })
    const backend = createMesh({ service: 'backend', identity: identity('backend') })
    const seen: string[] = []
    const server = backend.server((request, response) => {
      seen.push(`${request.url}`)
      response.end('ok')
    })
    const { port } = await server.listen({ host: '127.0.0.1' })
    onTestFinished(() => backend.close())
    const api: ServiceConfig = {
      endpoints: [{ url: `https://127.0.0.1:${port}` }],
      tls: 'mutual',
      healthCheck: { path: '/health' },
    }
    const mesh = createMesh({ service: 'web', identity: identity('web'), config: { services: { api } } })
    onTestFinished(() => mesh.close())
    let connections = 0
    mesh.on('connection', () => connections++)
    await mesh.ready()
    await new Promise((resolve) => setImmediate(resolve))
    await calls(mesh, 1)
    expect(seen).toEqual(['/health', '/'])
    expect(connections).toBe(1)
  })

  it('end with the mesh', async () => {
    const a = await checked()
    a.health = { hang: 'headers' }
    const mesh = meshTo([a])
    await expect.poll(() => a.server.requests.length).toBe(1)
    await mesh.close()
    await expect.poll(() => a.server.open).toBe(0)
  })
})
