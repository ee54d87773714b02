import { describe, expect, it } from 'vitest'
import { fakeClock } from '../../src/testing/index.js'
import { outcome, outcomes } from './outcomes.js'
import { endpointsOf, expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

describe('F50 every call fails with 5xx', () => {
  it('the budget bounds the attempts', async () => {
    const server = await serving({ reply: 503 })
    const clock = fakeClock()
    const retry = { attempts: 3, on: ['5xx'], backoff: { base: 1, max: 1 } } as const
    const mesh = meshTo([server], { retry }, { clock, random: () => 0 })
    const done = outcomes(mesh, 1_000)
    for (let i = 0; i < 2_000; i++) await clock.advance(0)
    await clock.advance(100)
    for (let i = 0; i < 2_000; i++) await clock.advance(1)
    expect(await done).toEqual({ 503: 1_000 })
    // A tenth on top, and one for each of the ten seconds of the window.
    expect(server.requests.length).toBeGreaterThan(1_050)
    expect(server.requests.length).toBeLessThanOrEqual(1_110)
  })

  it('the breaker opens, and then calls fail at once', async () => {
    const server = await serving({ reply: 503 })
    const mesh = meshTo([server], { circuitBreaker: {} })
    await outcomes(mesh, 20)
    const before = server.requests.length
    const since = performance.now()
    for (let i = 0; i < 100; i++) expect(await outcome(mesh)).toBe('ERR_MESH_CIRCUIT_OPEN')
    expect((performance.now() - since) / 100).toBeLessThan(5)
    expect(server.requests.length - before).toBe(0)
  })
})

describe('F52 the callee answers 429', () => {
  it('is no failure of the endpoint, nor of the service', async () => {
    const server = await serving({ reply: 429 })
    const outlierDetection = { consecutive5xxErrors: 1, maxEjectionPercent: 100 }
    const mesh = meshTo([server], { outlierDetection, circuitBreaker: { volumeThreshold: 5 } })
    expect(await outcomes(mesh, 50)).toEqual({ 429: 50 })
    expect(endpointsOf(mesh)).toMatchObject([{ ejected: false }])
    expect(mesh.breakers()).toMatchObject([{ state: 'closed' }])
  })
})

describe('F53 all endpoints are down', () => {
  it('calls fail soon, and nothing spins', async () => {
    const servers = [await serving(), await serving(), await serving()]
    for (const server of servers) await server.refuse()
    const outlierDetection = { consecutive5xxErrors: 1, maxEjectionPercent: 100 }
    const mesh = meshTo(servers, { outlierDetection, retry: { attempts: 2 } })
    expect(await outcome(mesh)).toBe('ERR_MESH_CONNECT')
    const cpu = process.cpuUsage()
    const since = performance.now()
    for (let i = 0; i < 10; i++) expect(await outcome(mesh)).toMatch(/^ERR_MESH_(CONNECT|NO_HEALTHY_ENDPOINT)$/)
    expect(performance.now() - since).toBeLessThan(2_000)
    expect(process.cpuUsage(cpu).user / 1_000).toBeLessThan(1_000)
  })
})
