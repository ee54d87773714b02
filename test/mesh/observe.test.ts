import { describe, expect, it } from 'vitest'
import type { MeshEvents } from '../../src/core/events.js'
import { silentLogger } from '../../src/core/logger.js'
import { outcome, outcomes } from '../faults/outcomes.js'
import { expectNothingLeaks, meshTo, serving } from '../faults/scaffold.js'

expectNothingLeaks()

const mode = 'observe'

describe('a policy that only observes', () => {
  it('reports the calls that its breaker would refuse, and makes them', async () => {
    const server = await serving({ reply: 500 })
    const mesh = meshTo([server], { circuitBreaker: { volumeThreshold: 5, mode } })
    expect(await outcomes(mesh, 20)).toEqual({ 500: 20 })
    expect(mesh.breakers()).toMatchObject([{ state: 'open' }])
    const counted = /mesh_observed_total\{[^}]*policy="circuitBreaker"[^}]*\} (\d+)/.exec(await mesh.metrics.metrics())
    expect(Number(counted?.[1])).toBeGreaterThanOrEqual(6)
  })

  it.each(['destination', 'endpoint'] as const)('says of a breaker per %s that it would have opened', async (per) => {
    const server = await serving({ reply: 500 })
    const lines: string[] = []
    const info = (_fields: object, message: string): void => void lines.push(`info ${message}`)
    const warn = (_fields: object, message: string): void => void lines.push(`warn ${message}`)
    const circuitBreaker = { volumeThreshold: 5, per, mode } as const
    const mesh = meshTo([server], { circuitBreaker }, { logger: { ...silentLogger, info, warn } })
    const seen: MeshEvents['breaker'][] = []
    mesh.on('breaker', (event) => void seen.push(event))
    await outcomes(mesh, 10)
    expect(seen).toMatchObject([{ service: 'api', state: 'open', observes: true }])
    expect(lines.filter((line) => line.includes('breaker'))).toEqual(['info a circuit breaker would have opened'])
    const metrics = await mesh.metrics.metrics()
    expect(metrics).toMatch(/mesh_breaker_transitions_total\{[^}]*state="open"[^}]*\} 1/)
    if (per === 'destination') expect(metrics).toMatch(/mesh_breaker_state\{[^}]*\} 2/)
  })

  it('makes no retry, and bounds no attempt', async () => {
    const server = await serving({ reply: 503 })
    const mesh = meshTo([server], { retry: { on: ['5xx'], perTryTimeout: '1ms', mode } })
    expect(await outcome(mesh)).toBe(503)
    expect(server.requests).toHaveLength(1)
    expect(await mesh.metrics.metrics()).toMatch(/mesh_observed_total\{[^}]*policy="retry"[^}]*action="retry"[^}]*\} 1/)
  })

  it('reports the retries that its limits would refuse, and lets them go', async () => {
    const server = await serving([{ reply: 503 }, { reply: 200 }])
    const mesh = meshTo([server], { retry: { on: ['5xx'] }, limits: { maxRetries: 0, mode } })
    const seen: MeshEvents['observed'][] = []
    mesh.on('observed', (event) => void seen.push(event))
    expect(await outcome(mesh)).toBe(200)
    expect(seen).toEqual([{ service: 'api', policy: 'limits', action: 'refuse' }])
  })

  it('follows no route, and says where it would lead', async () => {
    const server = await serving({ reply: 200 })
    const mesh = meshTo([server], { routes: [{ name: 'gone', redirect: { path: '/x' } }], routing: { mode } })
    const seen: MeshEvents['observed'][] = []
    mesh.on('observed', (event) => void seen.push(event))
    expect(await outcome(mesh)).toBe(200)
    expect(seen).toEqual([{ service: 'api', policy: 'routing', action: 'route', detail: 'gone' }])
    expect(mesh.explain({ url: 'http://api/' }).policy).toMatchObject({ routing: { value: { mode } } })
  })
})

describe('a call of its own mind', () => {
  it('is retried as it says, in place of its service', async () => {
    const server = await serving({ reply: 503 })
    const retry = { attempts: 1, on: ['5xx'], budget: false, backoff: { base: 1, max: 1 } } as const
    const mesh = meshTo([server], { retry })
    expect(await outcome(mesh, { retry: { attempts: 3 } })).toBe(503)
    expect(server.requests).toHaveLength(4)
    expect(await outcome(mesh, { retry: false })).toBe(503)
    expect(server.requests).toHaveLength(5)
    await expect(mesh.request({ service: 'api', retry: { attempts: -1 } })).rejects.toMatchObject({
      code: 'ERR_MESH_CONFIG',
    })
  })
})
