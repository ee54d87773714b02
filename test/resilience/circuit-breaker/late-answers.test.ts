import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../../src/core/call.js'
import { httpClassifier } from '../../../src/core/classifier.js'
import { compose, type Interceptor } from '../../../src/core/interceptor.js'
import { Observer } from '../../../src/core/observer.js'
import { Breaker, breakerStage, type CircuitBreakerOptions } from '../../../src/resilience/circuit-breaker/index.js'
import { attemptTimeoutStage, perTryTimeout } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, hang, type Upstream, upstream } from '../upstream.js'

type End = (exchange: Upstream['last']) => void

/** Attempts that outlive their timeout of 200 ms, as a hedge lets them. */
function given(options: CircuitBreakerOptions, hooks: readonly Interceptor<ClientCall>[] = []) {
  const clock = fakeClock()
  const deps = { clock, observer: new Observer(), classifier: httpClassifier }
  const breaker = new Breaker({ resetTimeout: '10s', ...options }, { ...deps, random: () => 0, service: 'reviews' })
  const peer = upstream(hang)
  const send = compose<ClientCall>(
    [breakerStage(breaker, deps), ...hooks, attemptTimeoutStage(200, deps)],
    peer.handler,
  )

  /** Begins an attempt; what comes of it shows in the breaker. */
  function begin(init: Partial<Pick<ClientCall, 'deadline' | 'hurried'>> = {}): Upstream['last'] {
    const call = Object.assign(callTo(), init)
    call.values.set(perTryTimeout, { afterMs: 200, passed: undefined })
    send(call).catch(() => {})
    return peer.last
  }

  /** An attempt that ends like this after 300 ms, or later. */
  async function late(end: End, afterMs = 300): Promise<void> {
    const exchange = begin()
    await clock.advance(afterMs)
    end(exchange)
    await clock.advance(0)
  }
  return { clock, breaker, begin, late }
}

const succeed: End = (exchange) => void exchange.headers(200).end()
const reset: End = (exchange) => void exchange.fail('ERR_MESH_RESET_BEFORE_RESPONSE')

/** When a breaker counts an attempt that is still without an answer: after both timeouts, and the width of a slot. */
const overdueMs = 200 + 10_000 + 200

describe('a breaker, of an attempt that outlives its per-try timeout', () => {
  it('counts a late success as one, and as nothing else', async () => {
    const { breaker, late } = given({ volumeThreshold: 1, errorThresholdPercentage: 1 })
    for (let i = 0; i < 5; i++) await late(succeed)
    expect(breaker.state).toBe('closed')
  })

  it('closes with a late success of its probe', async () => {
    const { clock, breaker, late } = given({ volumeThreshold: 1 })
    await late((exchange) => exchange.headers(503).end())
    await clock.advance(10_000)
    expect(breaker.state).toBe('half-open')
    await late(succeed)
    expect(breaker.state).toBe('closed')
  })

  it('opens again when its probe has had that time for nothing, however little its caller has left it', async () => {
    const { clock, breaker, begin, late } = given({ volumeThreshold: 1 })
    await late(reset)
    await clock.advance(10_000)
    expect(breaker.state).toBe('half-open')
    begin({ deadline: clock.now() + 1_000, hurried: true })
    await clock.advance(1_000)
    expect(breaker.state).toBe('open')
  })

  const ends: [string, End][] = [
    ['fails', reset],
    ['is answered with a failure', (exchange) => exchange.headers(503).end()],
    ['is cut off', (exchange) => exchange.headers(200).fail('ERR_MESH_TRUNCATED')],
    ['is given up by its caller', (exchange) => exchange.call.cancel(new Error('gone'))],
  ]

  it.each(ends)('counts one failure when it %s', async (_how, end) => {
    const { breaker, late } = given({ volumeThreshold: 2 })
    await late(end)
    expect(breaker.state).toBe('closed')
    await late(end)
    expect(breaker.state).toBe('open')
  })

  it.each(ends)('counts that beside an interceptor, too: it %s', async (_how, end) => {
    const { breaker, late } = given({ volumeThreshold: 2 }, [(call, next) => next(call)])
    await late(end)
    expect(breaker.state).toBe('closed')
    await late(end)
    expect(breaker.state).toBe('open')
  })

  it('counts nothing when it is answered late with what says nothing', async () => {
    const { breaker, late } = given({ volumeThreshold: 1 })
    await late((exchange) => exchange.headers(404).end())
    expect(breaker.state).toBe('closed')
  })
})

describe('a breaker, of an attempt that outlives its per-try timeout and has no deadline', () => {
  const slow: CircuitBreakerOptions = { slowCallThreshold: '1m' }

  it.each([{}, slow])('counts a failure after a reset timeout more, and no other after that: %#', async (options) => {
    const { breaker, late } = given({ volumeThreshold: 2, rollingWindow: '5m', ...options })
    await late(reset, overdueMs)
    expect(breaker.state).toBe('closed')
    await late((exchange) => {
      expect(breaker.state).toBe('open')
      exchange.call.cancel('gone')
    }, overdueMs)
  })

  it.each([{}, slow])('counts a success as one that comes after that: %#', async (options) => {
    const rules = { volumeThreshold: 3, errorThresholdPercentage: 80, rollingWindow: '5m', ...options } as const
    const { breaker, late } = given(rules)
    await late(succeed, overdueMs)
    for (let i = 0; i < 2; i++) await late(reset)
    expect(breaker.state).toBe('closed')
    await late(reset)
    expect(breaker.state).toBe('open')
  })

  it('counts none whose headers are there, though its body goes on', async () => {
    const { clock, breaker, late } = given({ volumeThreshold: 1 })
    await late((exchange) => exchange.headers(200))
    await clock.advance(overdueMs)
    expect(breaker.state).toBe('closed')
  })

  it('waits for the deadline where there is one', async () => {
    const { clock, breaker, begin } = given({ volumeThreshold: 1 })
    const exchange = begin({ deadline: clock.now() + 60_000 })
    await clock.advance(overdueMs)
    expect(breaker.state).toBe('closed')
    exchange.call.cancel('deadline')
    await clock.advance(0)
    expect(breaker.state).toBe('open')
  })

  it('leaves no timer behind when it ends', async () => {
    const { clock, late } = given({ volumeThreshold: 5 })
    await late(succeed)
    await clock.advance(20_000)
    expect(clock.pending).toBe(0)
  })
})
