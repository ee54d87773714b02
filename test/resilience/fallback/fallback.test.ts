import { describe, expect, it } from 'vitest'
import { compose } from '../../../src/core/interceptor.js'
import { type FallbackOptions, fallback } from '../../../src/resilience/fallback/index.js'
import { timeout } from '../../../src/resilience/timeout/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { answer, callTo, fail, hang, recorded, type Step, stateOf, upstream } from '../upstream.js'

function given(options: FallbackOptions, ...steps: Step[]) {
  const peer = upstream(...steps)
  const { observer, events } = recorded('fallback')
  const intercept = fallback(options, { observer })
  return { peer, events, call: callTo(), send: (call = callTo()) => intercept(call, peer.handler) }
}

const empty = { status: 203, headers: { 'content-type': 'application/json' }, body: '[]' }

describe('a fallback', () => {
  it.each<[string, Step]>([
    ['an error', fail('ERR_MESH_CONNECT')],
    ['a refusal of our own', fail('ERR_MESH_CIRCUIT_OPEN')],
    ['a deadline', fail('ERR_MESH_TIMEOUT')],
    ['a 500', answer(500)],
    ['a 503', answer(503)],
  ])('answers in place of %s', async (_what, step) => {
    const { events, send } = given(empty, step)
    const reply = await send()
    expect([reply.status, reply.detail, await reply.body.text()]).toEqual([203, 'fallback', '[]'])
    expect(reply.headers.get('content-type')).toBe('application/json')
    expect(events).toEqual([{ service: 'reviews', result: 'answered' }])
  })

  it.each([200, 304, 404, 429])('leaves a %d alone', async (status) => {
    const { events, send } = given(empty, answer(status))
    expect(await send()).toMatchObject({ status })
    expect(events).toEqual([])
  })

  it('is no answer for a caller that went away', async () => {
    const { call, send } = given(empty, hang)
    const reply = send(call)
    const gone = new Error('gone')
    call.cancel(gone)
    await expect(reply).rejects.toBe(gone)
  })

  it('lets go of the reply that it replaces', async () => {
    const { peer, send } = given(empty, (exchange) => void exchange.headers(503))
    await send()
    peer.last.end('long story')
    expect(peer.last.body?.lease.ended).toBe(true)
  })
})

describe('a fallback function', () => {
  it('is told what failed, and may wait', async () => {
    const seen: unknown[] = []
    const { send } = given(async (failure) => {
      seen.push(failure)
      await Promise.resolve()
      return { body: 'cached' }
    }, fail('ERR_MESH_CONNECT'))
    const reply = await send(callTo('POST'))
    expect([reply.status, await reply.body.text()]).toEqual([200, 'cached'])
    const error = expect.objectContaining({ code: 'ERR_MESH_CONNECT' })
    expect(seen).toEqual([{ service: 'reviews', method: 'POST', path: '/', error, reply: undefined }])
  })

  it('may leave the failure as it is', async () => {
    const { send } = given(
      ({ reply }) => (reply?.status === 503 ? { body: 'later' } : undefined),
      answer(500),
      answer(503),
    )
    expect(await send()).toMatchObject({ status: 500 })
    expect(await send()).toMatchObject({ status: 200 })
  })

  it.each<[string, FallbackOptions]>([
    ['throws', () => Promise.reject(new Error('no cache'))],
    ['makes no answer', () => ({ status: 42 })],
  ])('that %s hides nothing', async (_what, options) => {
    const { events, send } = given(options, fail('ERR_MESH_CONNECT'))
    await expect(send()).rejects.toMatchObject({ code: 'ERR_MESH_CONNECT' })
    expect(events).toEqual([{ service: 'reviews', result: 'failed', error: expect.any(Error) }])
  })
})

it.each([[{ status: 99 }], [{ body: 7 }], ['text'], [undefined]])('%j is no fallback', (options) => {
  expect(() => fallback(options as FallbackOptions)).toThrow(/fallback/)
})

describe('a fallback around a deadline', () => {
  it('answers when it passes', async () => {
    const clock = fakeClock()
    const send = compose([fallback(empty), timeout({ total: '50ms' }, { clock })], upstream(hang).handler)
    const reply = send(callTo())
    await clock.advance(60)
    expect(await reply).toMatchObject({ status: 203, detail: 'fallback' })
  })
})

describe('a fallback function that never comes back', () => {
  it.each<[string, Step]>([
    ['an error', fail('ERR_MESH_CONNECT')],
    ['a 500', answer(500)],
  ])('after %s keeps nobody who leaves', async (_what, step) => {
    const { call, events, send } = given(() => new Promise(() => {}), step)
    const reply = send(call)
    expect(await stateOf(reply)).toBe('pending')
    const gone = new Error('gone')
    call.cancel(gone)
    await expect(reply).rejects.toBe(gone)
    expect(events).toEqual([])
  })
})
