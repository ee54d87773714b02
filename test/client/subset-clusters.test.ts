import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { subsetConfig, subsetsAlone } from '../../src/client/subset-config.js'
import type { ServiceConfig } from '../../src/config/service.js'
import type { MeshEvents } from '../../src/core/events.js'
import { createMesh } from '../../src/mesh/create-mesh.js'
import type { Mesh } from '../../src/mesh/mesh.js'
import { type FaultStep, type FaultyRequest, type FaultyServer, faultyServer } from '../../src/testing/index.js'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

interface Scene {
  readonly mesh: Mesh
  readonly server: FaultyServer
  readonly ejections: MeshEvents['ejection'][]
  readonly config: ServiceConfig
  /** Status of a call to a subset; `all` goes to every endpoint. */
  readonly get: (subset: string) => Promise<number>
}

/** A server that both subsets lead to; a call goes to the subset that its path names. */
async function scene(
  given: ServiceConfig,
  step: FaultStep | ((request: FaultyRequest, n: number) => FaultStep) = { reply: 200 },
): Promise<Scene> {
  const server = await faultyServer(step)
  const config: ServiceConfig = {
    endpoints: [{ url: server.url, labels: { version: 'v1', tier: 'gold' } }],
    subsets: { v1: { version: 'v1' }, gold: { tier: 'gold' } },
    routes: [{ match: [{ path: '/v1' }], to: 'v1' }, { match: [{ path: '/gold' }], to: 'gold' }, { name: 'all' }],
    ...given,
  }
  const mesh = createMesh({ service: 'web', config: { services: { reviews: config } } }) as Mesh
  cleanups.push(server.close, () => mesh.close())
  const ejections: MeshEvents['ejection'][] = []
  mesh.on('ejection', (event) => ejections.push(event))
  async function get(subset: string): Promise<number> {
    const reply = await mesh.request({ service: 'reviews', path: `/${subset}` }).catch((error: unknown) => error)
    await turn()
    if (reply instanceof Error) return 'status' in reply && typeof reply.status === 'number' ? reply.status : 0
    const { status, body } = reply as Awaited<ReturnType<Mesh['request']>>
    await body.text()
    await turn()
    return status
  }
  return { mesh, server, ejections, config, get }
}

const hasty = { consecutive5xxErrors: 1, panicThresholdPercent: 0 } as const

describe('a subset with policies', () => {
  it('has ejections of its own, by its own policy', async () => {
    const { get, ejections } = await scene({ subsetPolicies: { v1: { outlierDetection: hasty } } }, { reply: 500 })
    expect([await get('v1'), await get('v1')]).toEqual([500, 503])
    expect([await get('gold'), await get('all')]).toEqual([500, 500])
    expect(ejections).toMatchObject([{ service: 'reviews', subset: 'v1', reason: 'consecutive-5xx' }])
  })

  it('does not suffer from the ejections of the service', async () => {
    const { get } = await scene({ outlierDetection: hasty, subsetPolicies: { v1: {} } }, { reply: 500 })
    expect([await get('all'), await get('gold')]).toEqual([500, 503])
    expect([await get('v1'), await get('v1')]).toEqual([500, 503])
  })

  it('has connections of its own', async () => {
    const { get, server } = await scene({ subsetPolicies: { v1: {} } })
    for (const subset of ['all', 'gold', 'v1', 'all', 'v1', 'gold']) await get(subset)
    expect(server.requests.map(({ path, connection }) => `${path} ${connection}`)).toEqual([
      '/all 1',
      '/gold 1',
      '/v1 2',
      '/all 1',
      '/v1 2',
      '/gold 1',
    ])
  })

  it('has settings of connections of its own', async () => {
    const { get, server } = await scene({ subsetPolicies: { v1: { connections: { maxRequestsPerConnection: 1 } } } })
    for (const subset of ['all', 'v1', 'v1', 'all']) await get(subset)
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 2, 3, 1])
  })

  it('has permits of its own; the others share the service’s', async () => {
    const step = (_: FaultyRequest, n: number): FaultStep => (n === 1 ? { hang: 'headers' } : { reply: 200 })
    const limits = { maxRequests: 1, maxPendingRequests: 0 }
    const { get, mesh, server } = await scene({ limits, subsetPolicies: { v1: {} } }, step)
    const hanging = mesh.request({ service: 'reviews', path: '/all' }).catch(() => 'ended')
    await expect.poll(() => server.requests.length).toBe(1)
    expect([await get('gold'), await get('all')]).toEqual([503, 503])
    expect(await get('v1')).toBe(200)
    await server.close()
    await hanging
  })

  it('keeps its state when the config changes elsewhere, and shares the service’s when its policies go', async () => {
    const subsetPolicies = { v1: { outlierDetection: hasty } }
    const { get, mesh, config } = await scene({ subsetPolicies }, { reply: 500 })
    expect([await get('v1'), await get('v1')]).toEqual([500, 503])
    await mesh.update({ services: { reviews: { ...config, timeout: '5s', connectTimeout: '1s' } } })
    expect([await get('v1'), await get('all')]).toEqual([503, 500])
    const { subsetPolicies: _, ...without } = config
    await mesh.update({ services: { reviews: without } })
    expect(await get('v1')).toBe(500)
    await mesh.update({ services: { reviews: config } })
    expect([await get('v1'), await get('v1')]).toEqual([500, 503])
  })

  it('has the endpoints that its labels select after a change of both', async () => {
    const { get, mesh, config, server } = await scene({ subsetPolicies: { v1: {} } })
    expect(await get('v1')).toBe(200)
    const subsets = { v1: { version: 'v2' }, gold: { tier: 'gold' } }
    await mesh.update({ services: { reviews: { ...config, subsets } } })
    expect(await get('v1')).toBe(503)
    const endpoints = [{ url: server.url, labels: { version: 'v2' } }]
    await mesh.update({ services: { reviews: { ...config, subsets, endpoints } } })
    expect([await get('v1'), await get('gold')]).toEqual([200, 503])
  })

  it('leaves nothing open behind', async () => {
    const { get, mesh, server } = await scene({ subsetPolicies: { v1: {} } })
    for (const subset of ['v1', 'all']) await get(subset)
    expect(server.open).toBe(2)
    await mesh.close()
    await expect.poll(() => server.open).toBe(0)
  })
})

describe('the config of a subset', () => {
  const config: ServiceConfig = {
    subsets: { v1: {}, v2: {} },
    loadBalancer: 'random',
    limits: { maxRequests: 5 },
    connectTimeout: '1s',
    subsetPolicies: { v1: { loadBalancer: 'maglev', limits: { maxPendingRequests: 1 }, connectTimeout: undefined } },
  }

  it('replaces whole fields, those that it sets', () => {
    expect(subsetConfig(config, 'v1')).toMatchObject({ loadBalancer: 'maglev', connectTimeout: '1s' })
    expect(subsetConfig(config, 'v1').limits).toEqual({ maxPendingRequests: 1 })
  })

  it('is one of its own only for subsets that are named', () => {
    expect(subsetsAlone(config)).toEqual(['v1'])
    expect(subsetsAlone({})).toEqual([])
    expect(subsetsAlone({ subsetPolicies: { ghost: {} } as never })).toEqual([])
  })
})
