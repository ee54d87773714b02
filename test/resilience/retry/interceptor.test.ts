import { describe, expect, it } from 'vitest'
import { compose } from '../../../src/core/interceptor.js'
import { problemsOf } from '../../../src/core/schema/index.js'
import { retry, retryOptions } from '../../../src/resilience/retry/index.js'
import { timeout } from '../../../src/resilience/timeout/index.js'
import { fakeClock, scriptedUpstream } from '../../../src/testing/index.js'
import { answer, callTo, fail, hang, stateOf, upstream } from '../upstream.js'

describe('retry()', () => {
  it('needs no options: two retries of what was never sent', async () => {
    const peer = upstream(fail('ERR_MESH_CONNECT'))
    await expect(compose([retry()], peer.handler)(callTo())).rejects.toMatchObject({ attempts: 3 })
  })

  it('bounds each attempt by perTryTimeout, and the whole by a timeout around it', async () => {
    const clock = fakeClock()
    const peer = upstream(hang)
    const send = compose(
      [
        timeout({ total: 1_000 }, { clock }),
        retry({ attempts: 9, perTryTimeout: 300, on: ['5xx'] }, { clock, random: () => 0 }),
      ],
      peer.handler,
    )
    const failure = expect(send(callTo())).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT', attempts: 4 })
    await clock.advance(1_020)
    await failure
    expect(peer.exchanges.map((exchange) => exchange.cancelledWith)).toMatchObject([
      { code: 'ERR_MESH_ATTEMPT_TIMEOUT' },
      { code: 'ERR_MESH_ATTEMPT_TIMEOUT' },
      { code: 'ERR_MESH_ATTEMPT_TIMEOUT' },
      { code: 'ERR_MESH_TIMEOUT' },
    ])
  })

  it('sends a POST again that the callee has declined unprocessed, as a stream of HTTP/2', async () => {
    const detail = 'upstream_reset_before_response_started{remote refused stream reset}'
    const declining = scriptedUpstream().fail('ERR_MESH_RESET_BEFORE_RESPONSE', { sent: true, detail })
    const send = compose([retry({ on: ['refused-stream'] })], declining)
    expect(await send(callTo('POST'))).toMatchObject({ status: 200 })
    expect(declining.calls).toHaveLength(2)
  })

  it('knows http3-post-connect-failure, which nothing on HTTP/1 is', async () => {
    const failing = scriptedUpstream({ fail: 'ERR_MESH_RESET_BEFORE_RESPONSE' })
    const send = compose([retry({ on: ['http3-post-connect-failure'] })], failing)
    await expect(send(callTo())).rejects.toMatchObject({ attempts: 1 })
  })

  it('nested, knows what the inner one has sent', async () => {
    const clock = fakeClock()
    const peer = upstream(fail('ERR_MESH_RESET', { sent: true }), fail('ERR_MESH_CONNECT'))
    const outer = retry({ attempts: 1, on: ['5xx'] }, { clock })
    const inner = retry({ attempts: 1, on: ['5xx'], unsafe: true }, { clock })
    const failure = expect(compose([outer, inner], peer.handler)(callTo('POST'))).rejects.toMatchObject({})
    await clock.advance(1_000)
    await failure
    expect(peer.exchanges).toHaveLength(2)
  })

  it('has a budget of its own unless it is told not to', async () => {
    for (const [budget, attempts] of [
      [undefined, 100 + 20],
      [false as const, 300],
    ] as const) {
      const clock = fakeClock()
      const peer = upstream(answer(503))
      const send = compose([retry({ on: [503], budget }, { clock, random: () => 0 })], peer.handler)
      const replies = Promise.all(Array.from({ length: 100 }, () => send(callTo())))
      await clock.advance(10)
      expect(await stateOf(replies)).toBe('fulfilled')
      expect(peer.exchanges).toHaveLength(attempts)
    }
  })

  it('lets a share of the calls under way be retries, as Envoy does, when the budget says so', async () => {
    const clock = fakeClock()
    const peer = upstream(answer(503))
    const budget = { percent: 10, minConcurrency: 2 }
    const send = compose([retry({ on: [503], attempts: 1, budget }, { clock, random: () => 0 })], peer.handler)
    const replies = Promise.all(Array.from({ length: 100 }, () => send(callTo())))
    await clock.advance(10)
    expect(await stateOf(replies)).toBe('fulfilled')
    expect(peer.exchanges).toHaveLength(100 + 10)
  })

  it.each([
    [{ attempts: -1 }, 'attempts'],
    [{ attempts: Number.NaN }, 'attempts'],
    [{ on: ['5xxx'] }, 'on[0]'],
    [{ on: [99] }, 'on[0]'],
    [{ backoff: { base: '1s', max: '10ms' } }, 'backoff.max'],
    [{ backoff: { max: '10ms' } }, 'backoff.max'],
    [{ backoff: { base: 0 } }, 'backoff.base'],
    [{ budget: { ratio: 2 } }, 'budget.ratio'],
    [{ budget: true }, 'budget'],
    [{ retries: 3 }, 'retries'],
  ])('refuses %j', (options, path) => {
    expect(problemsOf(retryOptions, options)).toMatchObject([{ path }])
  })

  it.each([{}, { budget: false }, { on: ['5xx', 503], attempts: 0 }, { retriableHeaders: { 'x-a': { prefix: 'b' } } }])(
    'accepts %j',
    (options) => {
      expect(problemsOf(retryOptions, options)).toEqual([])
    },
  )
})
