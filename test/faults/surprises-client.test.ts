/** Surprises with deadlines, retries and bodies: each passes with the mesh and fails, in the same test, with what people stack by hand. */
import { gzipSync } from 'node:zlib'
import CircuitBreaker from 'opossum'
import pRetry, { type Options as RetryOptions } from 'p-retry'
import { Agent, fetch, type RequestInit } from 'undici'
import { afterEach, describe, expect, it } from 'vitest'
import type { FaultyServer } from '../../src/testing/index.js'
import { outcome, outcomes } from './outcomes.js'
import { expectNothingLeaks, meshTo, serving } from './scaffold.js'

expectNothingLeaks()

const retry = { attempts: 3, on: ['5xx', 'reset'], backoff: { base: 10, max: 40 } } as const

const breakers: { shutdown(): void }[] = []
let agent = new Agent()
afterEach(async () => {
  for (const breaker of breakers.splice(0)) breaker.shutdown()
  await agent.destroy()
  agent = new Agent()
})

interface Naive {
  /** Makes a call; rejects when it has failed. */
  readonly call: (url: string, init?: RequestInit) => Promise<{ status: number; text(): Promise<string> }>
  readonly breaker: CircuitBreaker
}

/** fetch under AbortSignal.timeout, in opossum, in p-retry. */
function naiveStack(timeoutMs: number, options: RetryOptions = { retries: 3, minTimeout: 10, maxTimeout: 40 }): Naive {
  const breaker = new CircuitBreaker(
    async (url: string, init: RequestInit = {}) => {
      const timeout = AbortSignal.timeout(timeoutMs)
      const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout
      const response = await fetch(url, { ...init, signal, dispatcher: agent })
      if (response.status >= 500) throw new Error(`status ${response.status}`)
      return response
    },
    { timeout: timeoutMs, volumeThreshold: 1_000 },
  )
  breakers.push(breaker)
  return { breaker, call: (url, init) => pRetry(() => breaker.fire(url, init), options) }
}

/** How long something takes to end, well or not, ms. */
async function durationOf(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work().catch(() => {})
  return performance.now() - since
}

describe('a timeout is one attempt’s (8, F73)', () => {
  it('the mesh ends at the deadline, the naive stack tries again after every timeout', async () => {
    const server = await serving({ hang: 'headers' })
    const mesh = meshTo([server], { timeout: 200, retry })
    expect(await durationOf(() => mesh.request({ service: 'api' }))).toBeLessThan(700)
    expect(server.requests).toHaveLength(1)

    const naive = naiveStack(200)
    expect(await durationOf(() => naive.call(server.url))).toBeGreaterThan(4 * 200)
    expect(server.requests).toHaveLength(1 + 4)
  })
})

describe('an abort is an error like any other (8, F72)', () => {
  it('the mesh ends with it, the naive stack goes on trying', async () => {
    const server = await serving({ hang: 'headers' })
    const mesh = meshTo([server], { retry: { ...retry, backoff: { base: 200, max: 200 } } })
    async function aborted(call: (signal: AbortSignal) => Promise<unknown>): Promise<number> {
      const controller = new AbortController()
      const before = server.requests.length
      const ended = call(controller.signal).catch(() => {})
      await expect.poll(() => server.requests.length, { interval: 5 }).toBeGreaterThan(before)
      return durationOf(() => {
        controller.abort()
        return ended
      })
    }
    expect(await aborted((signal) => mesh.request({ service: 'api', signal }))).toBeLessThan(500)
    const naive = naiveStack(5_000, { retries: 3, minTimeout: 200, maxTimeout: 200 })
    expect(await aborted((signal) => naive.call(server.url, { signal }))).toBeGreaterThan(3 * 200 - 10)
  })
})

describe('a back-off without jitter brings everybody back at once (8)', () => {
  it('the mesh spreads what the naive stack sends in step', async () => {
    const came: number[] = []
    const server = await serving(({ headers }) => {
      if (headers.get('x-mesh-retry') === '1') came.push(performance.now())
      return { reply: 503 }
    })
    const mesh = meshTo([server], { retry: { ...retry, attempts: 1, budget: false, backoff: { base: 600, max: 600 } } })
    await Promise.all(Array.from({ length: 30 }, () => outcome(mesh)))
    const spread = (times: readonly number[]): number => Math.max(...times) - Math.min(...times)
    expect(came).toHaveLength(30)
    expect(spread(came)).toBeGreaterThan(300)

    const seen: number[] = []
    const counting = await serving(() => {
      seen.push(performance.now())
      return { reply: 503 }
    })
    const naive = naiveStack(5_000, { retries: 1, minTimeout: 600, maxTimeout: 600 })
    await Promise.allSettled(Array.from({ length: 30 }, () => naive.call(counting.url)))
    expect(seen).toHaveLength(60)
    expect(spread(seen.slice(30))).toBeLessThan(300)
  })
})

describe('retries without a budget multiply a failure (16, N1)', () => {
  it('the mesh adds a tenth and one a second, the naive stack three times as much', async () => {
    const server = await serving({ reply: 503 })
    const mesh = meshTo([server], { retry: { ...retry, backoff: { base: 1, max: 1 } } })
    const since = performance.now()
    await outcomes(mesh, 300)
    const seconds = (performance.now() - since) / 1_000
    expect(server.requests.length).toBeLessThanOrEqual(300 * 1.1 + 10 + seconds)

    const other = await serving({ reply: 503 })
    const naive = naiveStack(5_000, { retries: 3, minTimeout: 1, maxTimeout: 1 })
    await Promise.allSettled(Array.from({ length: 100 }, () => naive.call(other.url)))
    expect(other.requests).toHaveLength(400)
  })
})

describe('a server that says when to come back is not heard (F51)', () => {
  it('the mesh gives up what its deadline does not allow, the naive stack knocks on', async () => {
    const server = await serving({ reply: 503, headers: { 'retry-after': '60' } })
    expect(await outcome(meshTo([server], { timeout: '5s', retry }))).toBe(503)
    expect(server.requests).toHaveLength(1)
    await naiveStack(5_000)
      .call(server.url)
      .catch(() => {})
    expect(server.requests).toHaveLength(1 + 4)
  })
})

describe('what cannot be repeated is repeated (F68, N20)', () => {
  it('the mesh lets a POST take effect once, the naive stack as often as it is tried', async () => {
    const effects = async (send: (server: FaultyServer) => Promise<unknown>): Promise<number> => {
      const server = await serving({ drop: 'reset' })
      await send(server)
      return server.requests.length
    }
    const init = { method: 'POST', body: 'x' }
    expect(await effects((server) => outcome(meshTo([server], { retry }), init))).toBe(1)
    expect(
      await effects((server) =>
        naiveStack(5_000)
          .call(server.url, init)
          .catch(() => {}),
      ),
    ).toBe(4)
  })
})

describe('a call is over when its headers are there (F06)', () => {
  it('the mesh counts a body that breaks off as a failure, the naive stack as a success', async () => {
    const server = await serving({ truncate: 3 })
    const mesh = meshTo([server], { circuitBreaker: { volumeThreshold: 5 } })
    for (let i = 0; i < 5; i++) expect(await outcome(mesh)).toBe('ERR_MESH_TRUNCATED')
    expect(mesh.breakers()).toMatchObject([{ state: 'open' }])

    const naive = naiveStack(5_000)
    for (let i = 0; i < 5; i++) {
      const response = await naive.call(server.url)
      await expect(response.text()).rejects.toThrow('terminated')
    }
    expect(naive.breaker.stats).toMatchObject({ successes: 5, failures: 0 })
  })
})

describe('undici’s timeouts are no deadlines (11, F13, F14)', () => {
  const floods: [string, string, string][] = [
    ['endless informational replies', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['a body that drips', 'HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n', 'x'],
  ]
  it.each(floods)(
    'the mesh ends %s at the deadline, headersTimeout and bodyTimeout do not',
    async (_name, first, more) => {
      const server = await serving({
        play(socket) {
          socket.write(first)
          const timer = setInterval(() => socket.write(more), 50)
          socket.once('close', () => clearInterval(timer))
        },
      })
      const read = async (timeout: number): Promise<unknown> =>
        (await meshTo([server]).request({ service: 'api', timeout })).body.bytes()
      expect(await durationOf(() => read(300))).toBeLessThan(1_200)

      const bounded = new Agent({ headersTimeout: 300, bodyTimeout: 300 })
      const ended = durationOf(async () => (await fetch(server.url, { dispatcher: bounded })).text())
      const still = new Promise((resolve) => setTimeout(() => resolve('still there'), 1_500))
      expect(await Promise.race([ended, still])).toBe('still there')
      await bounded.destroy()
      await ended
    },
  )
})

describe('a gzip bomb goes off (13, F19)', () => {
  it('the mesh refuses it, the naive stack hands it all over', async () => {
    const body = gzipSync(Buffer.alloc(32 * 1024 * 1024))
    const server = await serving({ reply: 200, headers: { 'content-encoding': 'gzip' }, body })
    const mesh = meshTo([server])
    const error: unknown = await (await mesh.fetch('http://api/')).text().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ cause: { code: 'ERR_MESH_RESPONSE_TOO_LARGE' } })
    const response = await naiveStack(10_000).call(server.url)
    expect((await response.text()).length).toBe(32 * 1024 * 1024)
  })
})

describe('a reset is no end (F18)', () => {
  it('the mesh takes a body that a reset cuts off for cut off, the naive stack for whole', async () => {
    const server = await serving({ raw: 'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhalf of i', ending: 'reset' })
    expect(await outcome(meshTo([server]))).toBe('ERR_MESH_TRUNCATED')
    const response = await naiveStack(5_000).call(server.url)
    expect(await response.text()).toBe('half of i')
  })
})
