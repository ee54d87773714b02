import { describe, expect, it } from 'vitest'
import { attemptTimeoutStage } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, fail, hang, upstream } from '../upstream.js'

describe('the attempt timeout stage', () => {
  it('fails an attempt without reply headers, and the attempt alone', async () => {
    const clock = fakeClock()
    const call = callTo()
    const attempt = call.fork()
    attempt.attempt = 1
    const peer = upstream(hang)
    const failure = expect(attemptTimeoutStage(200, { clock })(attempt, peer.handler)).rejects.toMatchObject({
      code: 'ERR_MESH_ATTEMPT_TIMEOUT',
      status: 504,
      flag: 'UT',
      detail: 'upstream_per_try_timeout',
      phase: 'headers',
      attempts: 2,
    })
    await clock.advance(220)
    await failure
    expect(peer.last.cancelledWith).toMatchObject({ code: 'ERR_MESH_ATTEMPT_TIMEOUT' })
    expect(call.cancelled).toBe(false)
  })

  it('lets a reply that has begun go on, as Envoy does', async () => {
    const clock = fakeClock()
    const peer = upstream((exchange) => void exchange.headers(200))
    const reply = await attemptTimeoutStage(200, { clock })(callTo(), peer.handler)
    await clock.advance(1_000)
    peer.last.end('late')
    expect(await reply.body.text()).toBe('late')
  })

  it('has no effect when the deadline comes first', async () => {
    const clock = fakeClock()
    const call = callTo()
    call.deadline = clock.now() + 200
    const reply = upstream(hang).handler(call)
    expect(attemptTimeoutStage(200, { clock })(call, () => reply)).toBe(reply)
    expect(clock.pending).toBe(0)
  })

  it('lets go after a failure', async () => {
    const clock = fakeClock()
    const attempt = callTo()
    await attemptTimeoutStage(200, { clock })(attempt, upstream(fail('ERR_MESH_CONNECT')).handler).catch(() => {})
    await clock.advance(1_000)
    expect(attempt.cancelled).toBe(false)
  })
})
