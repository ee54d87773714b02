import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../../src/core/call.js'
import { httpClassifier } from '../../../src/core/classifier.js'
import { compose } from '../../../src/core/interceptor.js'
import { Observer } from '../../../src/core/observer.js'
import { Breaker, breakerStage, type CircuitBreakerOptions } from '../../../src/resilience/circuit-breaker/index.js'
import { attemptTimeoutStage, perTryTimeout } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, hang, type Upstream, upstream } from '../upstream.js'

/** Attempts that outlive their timeout of 200 ms, as a hedge lets them. */
function given(options: CircuitBreakerOptions) {
  const clock = fakeClock()
  const deps = { clock, observer: new Observer(), classifier: httpClassifier }
  const breaker = new Breaker({ resetTimeout: '10s', ...options }, { ...deps, random: () => 0, service: 'reviews' })
  const peer = upstream(hang)
  const send = compose<ClientCall>([breakerStage(breaker, deps), attemptTimeoutStage(200, deps)], peer.handler)

  /** An attempt that ends like this after 300 ms. */
  async function late(end: (exchange: Upstream['last']) => void): Promise<void> {
    const call = callTo()
    call.values.set(perTryTimeout, { afterMs: 200, passed: undefined })
    const reply = send(call)
    await clock.advance(300)
    end(peer.last)
    await reply.catch(() => {})
  }
  return { clock, breaker, late }
}

const succeed = (exchange: Upstream['last']): void => void exchange.headers(200).end()

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

  it.each<[string, (exchange: Upstream['last']) => void]>([
    ['fails', (exchange) => exchange.fail('ERR_MESH_RESET_BEFORE_RESPONSE')],
    ['is answered with a failure', (exchange) => exchange.headers(503).end()],
    ['is cut off', (exchange) => exchange.headers(200).fail('ERR_MESH_TRUNCATED')],
    ['is given up by its caller', (exchange) => exchange.call.cancel(new Error('gone'))],
  ])('counts one failure when it %s', async (_how, end) => {
    const { breaker, late } = given({ volumeThreshold: 2 })
    await late(end)
    expect(breaker.state).toBe('closed')
    await late(end)
    expect(breaker.state).toBe('open')
  })
})
