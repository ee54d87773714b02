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

describe('F51 a 503 says when to come back', () => {
  const wallMs = Date.UTC(2026, 0, 1, 12)
  const inSeconds = (seconds: number): string => new Date(wallMs + seconds * 1_000).toUTCString()

  /** How long after the first attempt the second comes, by the clock; undefined if there is none within `timeout`. */
  async function comesBack(headers: Record<string, string>, init: object = {}): Promise<number | undefined> {
    const clock = fakeClock({ wallMs })
    let cameMs: number | undefined
    const server = await serving((_request, n) => {
      if (n === 1) return { reply: 503, headers }
      cameMs = clock.now() - 1_000
      return { reply: 200, headers: { 'grpc-status': '0' } }
    })
    const retry = { attempts: 1, on: ['5xx', 'unavailable'], backoff: { base: 100, max: 100 } } as const
    const mesh = meshTo([server], { timeout: '10s', retry }, { clock, random: () => 0.5 })
    const done = outcome(mesh, init)
    await expect.poll(() => server.requests.length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 10))
    for (let step = 0; cameMs === undefined && step < 240; step++) await clock.advance(50)
    await done
    return cameMs
  }

  it.each<[string, string, number | undefined]>([
    ['seconds', '2', 2_000],
    ['a date', inSeconds(3), 3_000],
    ['nothing to wait for: normal back-off', '0', 50],
    ['a negative number: normal back-off', '-5', 50],
    ['a date that is past: normal back-off', inSeconds(-60), 50],
    ['garbage: normal back-off', 'soon', 50],
    ['more than the deadline leaves: no retry', '10', undefined],
    ['a date beyond the deadline: no retry', inSeconds(3_600), undefined],
    ['1e9 in full: no retry', '1000000000', undefined],
  ])('%s (%s)', async (_name, value, expected) => {
    const cameMs = await comesBack({ 'retry-after': value })
    if (expected === undefined) return expect(cameMs).toBeUndefined()
    expect(cameMs).toBeGreaterThanOrEqual(expected)
    expect(cameMs).toBeLessThanOrEqual(expected + 50)
  })

  it.each<[string, number | undefined]>([
    ['1500', 1_500],
    ['-1', undefined],
    ['soon', undefined],
  ])('a gRPC callee pushes back (%s): exactly that, or no retry', async (value, expected) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/grpc', 'idempotency-key': '1' } }
    const cameMs = await comesBack({ 'grpc-retry-pushback-ms': value, 'grpc-status': '14' }, init)
    if (expected === undefined) return expect(cameMs).toBeUndefined()
    expect(cameMs).toBeGreaterThanOrEqual(expected)
    expect(cameMs).toBeLessThanOrEqual(expected + 50)
  })
})

describe('F52 the callee answers 429', () => {
  it('is tried again only when it says when', async () => {
    const clock = fakeClock()
    const retry = { attempts: 2, on: [429] } as const
    const silent = await serving({ reply: 429 })
    expect(await outcome(meshTo([silent], { retry }, { clock }))).toBe(429)
    expect(silent.requests).toHaveLength(1)

    const telling = await serving([{ reply: 429, headers: { 'retry-after': '2' } }, { reply: 200 }])
    const done = outcome(meshTo([telling], { retry }, { clock }))
    await expect.poll(() => telling.requests.length).toBe(1)
    await new Promise((resolve) => setTimeout(resolve, 10))
    await clock.advance(1_990)
    expect(telling.requests).toHaveLength(1)
    await clock.advance(20)
    expect(await done).toBe(200)
  })

  it('is tried again as Envoy does where retry-after is not heeded', async () => {
    const server = await serving([{ reply: 429 }, { reply: 200 }])
    expect(await outcome(meshTo([server], { retry: { on: [429], retryAfter: false } }))).toBe(200)
  })

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
  it('once that is known, calls fail at once, and without a retry', async () => {
    const servers = [await serving(), await serving(), await serving()]
    for (const server of servers) await server.refuse()
    const outlierDetection = { consecutive5xxErrors: 1, maxEjectionPercent: 100, panicThresholdPercent: 0 }
    const mesh = meshTo(servers, { outlierDetection, retry: { attempts: 2 } })
    await outcome(mesh)
    const took: number[] = []
    const cpu = process.cpuUsage()
    const since = performance.now()
    for (let i = 0; i < 50; i++) {
      const started = performance.now()
      expect(await outcome(mesh)).toBe('ERR_MESH_NO_HEALTHY_ENDPOINT')
      took.push(performance.now() - started)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    took.sort((a, b) => a - b)
    expect(took[25]).toBeLessThan(5)
    const { user, system } = process.cpuUsage(cpu)
    expect((user + system) / 1_000 / (performance.now() - since)).toBeLessThan(0.5)
  })

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
