/** Surprises with breakers, load and drains: each passes with the mesh and fails, in the same test, with what people stack by hand. */
import { once } from 'node:events'
import http, { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'
import { Agent, fetch } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import { createMesh } from '../../src/index.js'
import type { FaultStep, FaultyServer } from '../../src/testing/index.js'
import { outcome } from './outcomes.js'
import { type ApiMesh, closing, expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

const breakers: { shutdown(): void }[] = []
let agent = new Agent()
afterEach(async () => {
  for (const breaker of breakers.splice(0)) breaker.shutdown()
  await agent.destroy()
  agent = new Agent()
})

/** opossum around fetch with AbortSignal.timeout: fails for 5xx. */
function opossum(timeoutMs: number, options: CircuitBreaker.Options = {}): CircuitBreaker<[string], number> {
  const breaker = new CircuitBreaker(async (url: string) => {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs), dispatcher: agent })
    await response.arrayBuffer()
    if (response.status >= 500) throw new Error(`status ${response.status}`)
    return response.status
  }, options)
  breakers.push(breaker)
  return breaker
}

const stateOf = (mesh: ApiMesh): string | undefined => mesh.breakers()[0]?.state

/** Counts the requests that a server works on, of which it ends none by itself. */
function silent(): { server: Promise<FaultyServer>; most: () => number } {
  let working = 0
  let most = 0
  const server = serving({
    play(socket) {
      working++
      socket.once('close', () => working--)
      // The end of another may have arrived together with this request.
      setImmediate(() => setImmediate(() => (most = Math.max(most, working))))
    },
  })
  return { server, most: () => most }
}

describe('7: what a breaker takes for an outage', () => {
  it('one failed call', async () => {
    const server = await serving({ reply: 500 })
    const naive = opossum(1_000)
    await naive.fire(server.url).catch(() => {})
    const mesh = meshTo([server], { circuitBreaker: {} })
    await outcome(mesh)
    expect({ naive: naive.opened, mesh: stateOf(mesh) }).toEqual({ naive: true, mesh: 'closed' })
  })

  it('calls that found no place, of a callee that is well', async () => {
    const server = await serving({ reply: 200, delayMs: 30 })
    const naive = opossum(1_000, { capacity: 1 })
    await Promise.allSettled(Array.from({ length: 20 }, () => naive.fire(server.url)))
    const mesh = meshTo([server], { circuitBreaker: {}, limits: { maxConnections: 1, maxPendingRequests: 0 } })
    await Promise.all(Array.from({ length: 40 }, () => outcome(mesh)))
    expect({ naive: naive.opened, mesh: stateOf(mesh) }).toEqual({ naive: true, mesh: 'closed' })
  })
})

describe('7: a call that has timed out', () => {
  it('goes on beside the others, past their limit', async () => {
    const [forNaive, forMesh] = [silent(), silent()]
    const naiveServer = await forNaive.server
    const naive = opossum(1_000, { capacity: 2, timeout: 30, errorThresholdPercentage: 100, volumeThreshold: 100 })
    for (let i = 0; i < 5; i++) await Promise.allSettled([naive.fire(naiveServer.url), naive.fire(naiveServer.url)])
    const limits = { maxConnections: 2, maxPendingRequests: 0 }
    const mesh = meshTo([await forMesh.server], { timeout: '30ms', limits })
    for (let i = 0; i < 5; i++) await Promise.all([outcome(mesh), outcome(mesh)])
    expect(forNaive.most()).toBeGreaterThan(4)
    expect(forMesh.most()).toBe(2)
  })
})

describe('7: a breaker that looks whether the callee is back', () => {
  const resetTimeout = 50

  it('sticks when its probe hangs', async () => {
    let step: FaultStep = { reply: 500 }
    const server = await serving(() => step)
    const naive = opossum(60_000, { timeout: false, resetTimeout })
    const mesh = meshTo([server], { circuitBreaker: { volumeThreshold: 5, resetTimeout, jitter: 0 } })
    await naive.fire(server.url).catch(() => {})
    for (let i = 0; i < 5; i++) await outcome(mesh)
    await expect.poll(() => [naive.halfOpen, stateOf(mesh)]).toEqual([true, 'half-open'])
    step = { hang: 'headers' }
    const before = server.requests.length
    const probes = [naive.fire(server.url), outcome(mesh, { timeout: '100ms' })]
    for (const probe of probes) probe.catch(() => {})
    await expect.poll(() => server.requests.length).toBe(before + 2)
    step = { reply: 200 }
    await expect.poll(() => outcome(mesh)).toBe(200)
    await sleep(2 * resetTimeout)
    await expect(naive.fire(server.url)).rejects.toMatchObject({ code: 'EOPENBREAKER' })
  })

  it('believes an answer from before the outage', async () => {
    const server = await serving(({ path }) => (path === '/late' ? { reply: 200, delayMs: 250 } : { reply: 500 }))
    const naive = opossum(1_000, { resetTimeout, volumeThreshold: 5 })
    const mesh = meshTo([server], { circuitBreaker: { resetTimeout, volumeThreshold: 5 } })
    const stale = [naive.fire(`${server.url}/late`), outcome(mesh, { path: '/late' })]
    await expect.poll(() => server.requests.length).toBe(2)
    for (let i = 0; i < 10; i++) await Promise.allSettled([naive.fire(server.url), outcome(mesh)])
    await expect.poll(() => [naive.halfOpen, stateOf(mesh)]).toEqual([true, 'half-open'])
    await Promise.all(stale)
    expect([naive.closed, stateOf(mesh)]).toEqual([true, 'half-open'])
  })
})

describe('15: a server that is told to close', () => {
  interface Seen {
    readonly status: number | undefined
    readonly connection: string | undefined
  }

  /** Closes while a request is under way, and sends another over the same connection. */
  async function drained(port: number, close: () => Promise<unknown>, answer: () => void): Promise<Seen[]> {
    const keeping = new http.Agent({ keepAlive: true, maxSockets: 1 })
    const seen: Seen[] = []
    async function get(): Promise<void> {
      const [response] = await once(http.get({ port, host: '127.0.0.1', agent: keeping }), 'response')
      seen.push({ status: response.statusCode, connection: response.headers.connection })
      await once(response.resume(), 'end')
    }
    const first = get()
    await new Promise((resolve) => setTimeout(resolve, 50))
    const closed = close()
    answer()
    await first
    await get().catch(() => seen.push({ status: undefined, connection: 'refused' }))
    keeping.destroy()
    await closed
    return seen
  }

  it('goes on with a connection that is kept alive', async () => {
    const held: (() => void)[] = []
    const app: http.RequestListener = (_request, response) => {
      if (held.length > 0) response.end('ok')
      else held.push(() => response.end('ok'))
    }
    const answer = (): void => held[0]?.()

    const naive = createServer(app)
    await new Promise<void>((resolve) => naive.listen(0, '127.0.0.1', resolve))
    const { port: naivePort } = naive.address() as AddressInfo
    const closeNaive = (): Promise<unknown> => new Promise((resolve) => naive.close(resolve))
    expect(await drained(naivePort, closeNaive, answer)).toEqual([
      { status: 200, connection: 'keep-alive' },
      { status: 200, connection: 'keep-alive' },
    ])

    held.length = 0
    const mesh = closing(createMesh({ service: 'test' }))
    const { port } = await mesh.server(app).listen({ host: '127.0.0.1' })
    expect(await drained(port, () => mesh.close(), answer)).toEqual([
      { status: 200, connection: 'close' },
      { status: undefined, connection: 'refused' },
    ])
  })
})

describe('16: a service that stood still for a moment', () => {
  const workMs = 10
  const rps = 30
  const timeoutMs = 150
  const stallMs = 600

  /** Works on one request after the other. */
  function worker(): { app: http.RequestListener; stall: () => void } {
    let last = Promise.resolve()
    return {
      app(_request, response) {
        last = last.then(() => sleep(workMs)).then(() => void response.end('ok'))
      },
      stall() {
        last = last.then(() => sleep(stallMs))
      },
    }
  }

  /** The share of the calls that succeed in the second that begins half a second after a stall. */
  async function recovered(call: () => Promise<unknown>, stall: () => void): Promise<number> {
    const [beginMs, fromMs, endMs] = [300, 300 + stallMs + 500, 300 + stallMs + 1_500]
    const startedAt = performance.now()
    const calls: Promise<boolean>[] = []
    const counted: Promise<boolean>[] = []
    let stalled = false
    for (let nowMs = 0; nowMs < endMs; nowMs = performance.now() - startedAt) {
      if (!stalled && nowMs > beginMs) {
        stalled = true
        stall()
      }
      while (calls.length < (nowMs * rps) / 1_000) {
        const one = call().then(
          (status) => status === 200,
          () => false,
        )
        calls.push(one)
        if (nowMs > fromMs) counted.push(one)
      }
      await sleep(5)
    }
    await Promise.all(calls)
    return (await Promise.all(counted)).filter(Boolean).length / counted.length
  }

  // On the real clock: a busy machine may spoil it once.
  it('is kept down by the work that nobody waits for any more', { retry: 2 }, async () => {
    const naiveWorker = worker()
    const naiveServer = createServer(naiveWorker.app)
    await new Promise<void>((resolve) => naiveServer.listen(0, '127.0.0.1', resolve))
    const naiveUrl = `http://127.0.0.1:${(naiveServer.address() as AddressInfo).port}`
    // With its breaker out of the way: otherwise that would keep everybody out for half a minute.
    const breaker = opossum(timeoutMs, { errorThresholdPercentage: 100, volumeThreshold: 1_000_000 })
    const naive = (): Promise<number> =>
      pRetry(() => breaker.fire(naiveUrl), { retries: 3, minTimeout: 10, maxTimeout: 50 })

    const ours = worker()
    const callee = closing(
      createMesh({
        service: 'api',
        config: { inbound: { concurrency: { limit: 1, queue: { size: 10, target: 50 } } } },
      }),
    )
    const { port } = await callee.server(ours.app).listen({ host: '127.0.0.1' })
    const endpoints = [{ url: `http://127.0.0.1:${port}` }]
    const api = {
      endpoints,
      timeout: timeoutMs * 4,
      retry: { attempts: 3, perTryTimeout: timeoutMs, on: ['5xx'] },
    } as const
    const mesh: ApiMesh = closing(createMesh<{ api: never }>({ service: 'test', config: { services: { api } } }))

    const withMesh = await recovered(() => outcome(mesh), ours.stall)
    const withNaive = await recovered(naive, naiveWorker.stall)
    naiveServer.closeAllConnections()
    await new Promise((resolve) => naiveServer.close(resolve))
    expect(withMesh).toBeGreaterThanOrEqual(0.95)
    expect(withNaive).toBeLessThan(0.5)
  })
})
