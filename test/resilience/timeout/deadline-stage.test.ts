import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../../src/core/call.js'
import type { Interceptor } from '../../../src/core/interceptor.js'
import { deadlineStage } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { answer, callTo, fail, hang, stateOf, upstream } from '../upstream.js'

function given(totalMs: number | undefined): { clock: ReturnType<typeof fakeClock>; stage: Interceptor<ClientCall> } {
  const clock = fakeClock()
  return { clock, stage: deadlineStage(totalMs, { clock }) }
}

describe('the deadline stage', () => {
  it('fails a silent call at its deadline, and stops the exchange', async () => {
    const { clock, stage } = given(500)
    const peer = upstream(hang)
    const reply = stage(callTo(), peer.handler)
    const failure = expect(reply).rejects.toMatchObject({
      code: 'ERR_MESH_TIMEOUT',
      status: 504,
      flag: 'UT',
      detail: 'response_timeout',
      phase: 'headers',
      service: 'reviews',
    })
    await clock.advance(499)
    expect(await stateOf(reply)).toBe('pending')
    await clock.advance(20)
    await failure
    expect(peer.last.cancelledWith).toMatchObject({ code: 'ERR_MESH_TIMEOUT' })
  })

  it('goes on until the body has ended', async () => {
    const { clock, stage } = given(500)
    const peer = upstream((exchange) => void exchange.headers(200))
    const reply = await stage(callTo(), peer.handler)
    const text = expect(reply.body.text()).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'body' })
    await clock.advance(520)
    await text
  })

  it.each([
    ['a complete reply', answer(200)],
    ['a failure', fail('ERR_MESH_CONNECT')],
  ])('lets go after %s', async (_, step) => {
    const { clock, stage } = given(500)
    const call = callTo()
    await stage(call, upstream(step).handler).catch(() => {})
    await clock.advance(1_000)
    expect(call.cancelled).toBe(false)
    expect(clock.pending).toBe(0)
  })

  it.each([
    ['the timeout, when it is the shorter', 100, 1_000, 100],
    ['an inherited deadline, when it is the shorter', 1_000, 100, 100],
    ['an inherited deadline, without a timeout of its own', undefined, 100, 100],
    ['an inherited deadline, with a timeout of 0', 0, 100, 100],
  ])('takes %s', async (_, totalMs, inheritedMs, expectedMs) => {
    const { clock, stage } = given(totalMs)
    const call = callTo()
    call.deadline = clock.now() + inheritedMs
    const deadline = clock.now() + expectedMs
    const failure = expect(stage(call, upstream(hang).handler)).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT' })
    expect(call.deadline).toBe(deadline)
    await clock.advance(expectedMs + 20)
    await failure
  })

  it.each([undefined, 0])('passes a call on that nothing bounds (timeout %s)', async (totalMs) => {
    const { clock, stage } = given(totalMs)
    const call = callTo()
    const reply = Promise.resolve(await upstream(answer(200)).handler(callTo()))
    expect(stage(call, () => reply)).toBe(reply)
    expect(clock.pending).toBe(0)
  })

  it('does not begin what is too late already', async () => {
    const { clock, stage } = given(undefined)
    const call = callTo()
    call.deadline = clock.now()
    const peer = upstream(answer(200))
    await expect(stage(call, peer.handler)).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'queue' })
    expect(peer.exchanges).toHaveLength(0)
  })

  it('lets go when what comes after it throws instead of rejecting', async () => {
    const { clock, stage } = given(500)
    const call = callTo()
    await expect(
      stage(call, () => {
        throw new Error('broken')
      }),
    ).rejects.toThrow('broken')
    await clock.advance(1_000)
    expect(call.cancelled).toBe(false)
  })
})
