import { describe, expect, it } from 'vitest'
import type { MeshEvents } from '../../src/core/events.js'
import type { CircuitBreakerOptions } from '../../src/index.js'
import { type FakeClock, type FaultStep, type FaultyServer, fakeClock } from '../../src/testing/index.js'
import { outcome, outcomes } from './outcomes.js'
import { type ApiMesh, expectNothingLeaks, meshTo, serving } from './scaffold.js'
import { seededRandom } from './seeded-random.js'

expectNothingLeaks()

const resetTimeout = 1_000

interface Broken {
  readonly mesh: ApiMesh
  readonly server: FaultyServer
  readonly clock: FakeClock
  /** What the server does from now on. */
  become(step: FaultStep): void
}

/** A service whose breaker has opened, and is half-open by now. */
async function halfOpen(options: CircuitBreakerOptions = {}): Promise<Broken> {
  const clock = fakeClock()
  let step: FaultStep = { reply: 500 }
  const server = await serving(() => step)
  const mesh = meshTo([server], { circuitBreaker: { volumeThreshold: 5, resetTimeout, ...options } }, { clock })
  await outcomes(mesh, 5)
  await clock.advance(resetTimeout)
  expect(stateOf(mesh)).toBe('half-open')
  return {
    mesh,
    server,
    clock,
    become: (next) => {
      step = next
    },
  }
}

const stateOf = (mesh: ApiMesh): string | undefined => mesh.breakers()[0]?.state

describe('F61 a hundred calls meet a half-open breaker', () => {
  it.each([1, 3])('of which it lets %d through, and the others fail at once', async (probes) => {
    const { mesh, server, become } = await halfOpen({ probes })
    become({ reply: 200, delayMs: 20 })
    const before = server.requests.length
    const seen = await Promise.all(Array.from({ length: 100 }, () => outcome(mesh)))
    expect(server.requests.length - before).toBe(probes)
    expect(seen.filter((one) => one === 200)).toHaveLength(probes)
    expect(seen.filter((one) => one === 'ERR_MESH_CIRCUIT_OPEN')).toHaveLength(100 - probes)
    expect(stateOf(mesh)).toBe('closed')
  })

  it.each<[string, CircuitBreakerOptions, number]>([
    ['after a failed probe', {}, 2],
    ['from the first on, where jitter says so', { jitter: 0.5 }, 1],
  ])('ten processes do not probe at the same moment, %s', async (_name, options, opening) => {
    const clock = fakeClock()
    const random = seededRandom(7)
    const server = await serving({ reply: 500 })
    const at: number[] = []
    for (let i = 0; i < 10; i++) {
      const circuitBreaker = { volumeThreshold: 1, resetTimeout, ...options }
      const mesh = meshTo([server], { circuitBreaker }, { clock, random })
      let opened = 0
      mesh.on('breaker', ({ state }: MeshEvents['breaker']) => {
        if (state === 'open') opened++
        else if (opened === opening) at.push(clock.now())
        if (state === 'half-open') void outcome(mesh)
      })
      await outcome(mesh)
    }
    for (let i = 0; i < 100 && at.length < 10; i++) {
      await clock.advance(50)
      await new Promise((resolve) => setTimeout(resolve, 2))
    }
    expect(at).toHaveLength(10)
    // The window is half of the reset timeout.
    expect(Math.max(...at) - Math.min(...at)).toBeGreaterThan(0.5 * 0.5 * resetTimeout)
  })
})

describe('F62 the probe hangs', () => {
  it.each([
    ['its own deadline', 300],
    ['another reset timeout, where it has none', undefined],
  ])('until %s: then the breaker is open again, and the next probe may do better', async (_name, timeout) => {
    const { mesh, server, clock, become } = await halfOpen({ jitter: 0 })
    become({ hang: 'headers' })
    const before = server.requests.length
    const abort = new AbortController()
    const probe = mesh.request({ service: 'api', timeout, signal: abort.signal }).catch(() => {})
    await expect.poll(() => server.requests.length - before).toBe(1)
    await clock.advance((timeout ?? resetTimeout) + 30)
    expect(stateOf(mesh)).toBe('open')
    become({ reply: 200 })
    await clock.advance(resetTimeout)
    expect(await outcome(mesh)).toBe(200)
    expect(stateOf(mesh)).toBe('closed')
    abort.abort()
    await probe
  })
})

describe('F63 an answer from before the outage', () => {
  it.each<[string, FaultStep]>([
    ['success', { reply: 200, delayMs: 150 }],
    ['failure', { reply: 500, delayMs: 150 }],
  ])('a %s that comes while the breaker is half-open changes nothing', async (_name, late) => {
    const clock = fakeClock()
    let step: FaultStep = late
    const server = await serving(() => step)
    const mesh = meshTo([server], { circuitBreaker: { volumeThreshold: 5, resetTimeout } }, { clock })
    const stale = outcome(mesh)
    await expect.poll(() => server.requests.length).toBe(1)
    step = { reply: 500 }
    await outcomes(mesh, 5)
    await clock.advance(resetTimeout)
    expect(stateOf(mesh)).toBe('half-open')
    await stale
    expect(stateOf(mesh)).toBe('half-open')
  })
})

describe('F64 calls that find no permit', () => {
  it('are no failures of the callee: the breaker stays closed', async () => {
    const server = await serving({ reply: 200, delayMs: 30 })
    const limits = { maxConnections: 1, maxPendingRequests: 0 }
    const mesh = meshTo([server], { limits, circuitBreaker: { volumeThreshold: 1, errorThresholdPercentage: 1 } })
    const seen = await Promise.all(Array.from({ length: 50 }, () => outcome(mesh)))
    expect(seen.filter((one) => one === 'ERR_MESH_OVERFLOW')).toHaveLength(49)
    expect(stateOf(mesh)).toBe('closed')
  })
})

describe('F65 calls that have timed out', () => {
  it('do not go on beside the limit: what is under way at the callee never exceeds it', async () => {
    let working = 0
    let most = 0
    const server = await serving({
      play(socket) {
        working++
        socket.once('close', () => working--)
        // The end of another may have arrived together with this request.
        setImmediate(() => setImmediate(() => (most = Math.max(most, working))))
      },
    })
    const mesh = meshTo([server], { timeout: '30ms', limits: { maxConnections: 2, maxPendingRequests: 100 } })
    const seen = await outcomes(mesh, 40)
    expect(seen).toEqual({ ERR_MESH_TIMEOUT: 40 })
    expect(server.requests.length).toBeGreaterThan(4)
    expect(most).toBe(2)
  })
})

describe('F66 the first call ever fails', () => {
  it('which says little: the breaker stays closed', async () => {
    const mesh = meshTo([await serving([{ reply: 500 }, { reply: 200 }])], { circuitBreaker: {} })
    expect([await outcome(mesh), await outcome(mesh)]).toEqual([500, 200])
    expect(stateOf(mesh)).toBe('closed')
  })
})

describe('F67 a flood of 4xx', () => {
  it('opens no breaker, and hides no failures', async () => {
    let status = 404
    const mesh = meshTo([await serving(() => ({ reply: status }))], { circuitBreaker: { volumeThreshold: 5 } })
    await outcomes(mesh, 100)
    expect(stateOf(mesh)).toBe('closed')
    status = 500
    await outcomes(mesh, 5)
    expect(stateOf(mesh)).toBe('open')
  })

  it('neither closes nor opens one that is half-open, and leaves the probe to the next call', async () => {
    const { mesh, become } = await halfOpen()
    become({ reply: 404 })
    for (let i = 0; i < 10; i++) expect(await outcome(mesh)).toBe(404)
    expect(stateOf(mesh)).toBe('half-open')
    become({ reply: 200 })
    expect(await outcome(mesh)).toBe(200)
    expect(stateOf(mesh)).toBe('closed')
  })
})
