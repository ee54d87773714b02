import { describe, expect, it } from 'vitest'
import { compose } from '../../../src/core/interceptor.js'
import { concurrencyLimit } from '../../../src/resilience/concurrency/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { answer, callTo, fail, hang, recorded, stateOf, upstream } from '../upstream.js'

describe('concurrencyLimit()', () => {
  it('holds the permit until the reply body has ended', async () => {
    const peer = upstream((exchange) => void exchange.headers(200), answer(204))
    const send = compose([concurrencyLimit({ maxConnections: 1 })], peer.handler)
    await send(callTo())
    const second = send(callTo())
    expect(await stateOf(second)).toBe('pending')
    expect(peer.exchanges).toHaveLength(1)
    peer.exchanges[0]?.end()
    expect(await second).toMatchObject({ status: 204 })
  })

  it.each([
    ['the attempt fails', fail('ERR_MESH_RESET_BEFORE_RESPONSE', { sent: true })],
    [
      'the body is cut',
      (exchange: Parameters<typeof hang>[0]) => void exchange.headers(200).fail('ERR_MESH_TRUNCATED'),
    ],
  ])('gives the permit back when %s', async (_, step) => {
    const peer = upstream(step, answer(204))
    const send = compose([concurrencyLimit({ maxConnections: 1, maxPendingRequests: 0 })], peer.handler)
    await send(callTo()).catch(() => {})
    expect(await send(callTo())).toMatchObject({ status: 204 })
  })

  it('gives the permit back when a handler throws instead of rejecting', async () => {
    let broken = true
    const send = compose([concurrencyLimit({ maxConnections: 1, maxPendingRequests: 0 })], (call) => {
      if (broken) throw new Error('broken')
      return upstream(answer(204)).handler(call)
    })
    await expect(send(callTo())).rejects.toThrow('broken')
    broken = false
    expect(await send(callTo())).toMatchObject({ status: 204 })
  })

  it('gives the permit back when the caller cancels', async () => {
    const peer = upstream(hang, answer(204))
    const send = compose([concurrencyLimit({ maxConnections: 1, maxPendingRequests: 0 })], peer.handler)
    const call = callTo()
    const reply = expect(send(call)).rejects.toBe('the user left')
    call.cancel('the user left')
    await reply
    expect(await send(callTo())).toMatchObject({ status: 204 })
  })

  it('never has more than its limit under way, of a hundred calls at once', async () => {
    const peer = upstream(hang)
    const send = compose([concurrencyLimit({ maxConnections: 3, maxPendingRequests: 97 })], peer.handler)
    const replies = Array.from({ length: 100 }, () => send(callTo()))
    for (let done = 0; done < 100; done++) {
      await stateOf(Promise.resolve())
      expect(peer.exchanges).toHaveLength(Math.min(100, done + 3))
      peer.exchanges[done]?.headers(200).end()
    }
    expect(await Promise.all(replies)).toHaveLength(100)
  })

  it('gives the permit back when what works for a cancelled call never ends', async () => {
    const clock = fakeClock()
    let hangs = true
    const limits = concurrencyLimit({ maxConnections: 1, maxPendingRequests: 0 }, { clock })
    const send = compose([limits], (call) => (hangs ? new Promise(() => {}) : upstream(answer(204)).handler(call)))
    const call = callTo()
    const reply = expect(send(call)).rejects.toBe('gone')
    call.cancel('gone')
    hangs = false
    await clock.advance(1_000)
    await reply
    expect(await send(callTo())).toMatchObject({ status: 204 })
    expect(clock.pending).toBe(0)
  })

  it('counts calls under an adaptive limit until they are answered: streams hold no place', async () => {
    const peer = upstream((exchange) => void exchange.headers(200))
    const send = compose([concurrencyLimit({ adaptive: {}, maxPendingRequests: 0 })], peer.handler)
    for (let i = 0; i < 10; i++) expect(await send(callTo())).toMatchObject({ status: 200 })
  })

  it('holds connections until the reply body has ended under an adaptive limit, too', async () => {
    const peer = upstream((exchange) => void exchange.headers(200), answer(204))
    const send = compose([concurrencyLimit({ adaptive: {}, maxConnections: 1 })], peer.handler)
    await send(callTo())
    const second = send(callTo())
    expect(await stateOf(second)).toBe('pending')
    peer.exchanges[0]?.end()
    expect(await second).toMatchObject({ status: 204 })
  })

  it('lets those who wait go on when a call under an adaptive limit is answered, or fails', async () => {
    const peer = upstream(hang)
    const send = compose([concurrencyLimit({ adaptive: { min: 1, max: 1 } })], peer.handler)
    const replies = [send(callTo()), send(callTo()), send(callTo())]
    peer.exchanges[0]?.headers(200)
    await replies[0]
    expect(await stateOf(Promise.resolve())).toBe('fulfilled')
    expect(peer.exchanges).toHaveLength(2)
    peer.exchanges[1]?.fail('ERR_MESH_CONNECT')
    await expect(replies[1]).rejects.toMatchObject({ code: 'ERR_MESH_CONNECT' })
    expect(await stateOf(Promise.resolve())).toBe('fulfilled')
    expect(peer.exchanges).toHaveLength(3)
    peer.exchanges[2]?.headers(200).end()
    expect(await replies[2]).toMatchObject({ status: 200 })
  })

  it('lets calls through again when those that an adaptive limit measures with hang', async () => {
    const clock = fakeClock()
    const peer = upstream(hang, hang, hang, answer(200))
    const limits = concurrencyLimit({ adaptive: {}, maxPendingRequests: 0 }, { clock })
    const send = compose([limits], peer.handler)
    for (let i = 0; i < 3; i++) void send(callTo())
    await expect(send(callTo())).rejects.toMatchObject({ code: 'ERR_MESH_OVERFLOW' })
    await clock.advance(1_000)
    for (let i = 0; i < 100; i++) expect(await send(callTo())).toMatchObject({ status: 200 })
  })

  it('lets those who wait go on, and first, when an adaptive limit widens', async () => {
    const clock = fakeClock()
    const peer = upstream(hang, hang, hang, answer(200))
    const send = compose([concurrencyLimit({ adaptive: {} }, { clock })], peer.handler)
    const [, , , fourth] = [send(callTo()), send(callTo()), send(callTo()), send(callTo())]
    await clock.advance(1_100)
    expect(await fourth).toMatchObject({ status: 200 })
    expect(clock.pending).toBe(0)
  })

  it('lets nobody overtake those who wait when an adaptive limit widens', async () => {
    let now = 0
    // Its timers are late.
    const clock = { now: () => now, wallNow: () => now, setTimer: () => ({ cancel: () => {} }) }
    const peer = upstream(hang)
    const send = compose([concurrencyLimit({ adaptive: { min: 1 } }, { clock })], peer.handler)
    const [, second] = [callTo(), callTo(), callTo()].map((call) => {
      void send(call)
      return call
    })
    now = 1_000
    void send(callTo())
    await stateOf(Promise.resolve())
    expect(peer.exchanges).toHaveLength(2)
    expect(second?.phase).toBe('headers')
  })

  it('asks no limit to widen where another is in the way', async () => {
    const clock = fakeClock()
    const limits = { adaptive: { min: 1 }, maxConnections: 2 }
    const peer = upstream(hang)
    const send = compose([concurrencyLimit(limits, { clock })], peer.handler)
    for (let i = 0; i < 4; i++) void send(callTo())
    await clock.advance(10_000)
    expect(peer.exchanges).toHaveLength(2)
    expect(clock.pending).toBe(0)
  })

  it('only reports, where it observes: who would wait, and who would be refused', async () => {
    const { observer, events } = recorded('observed')
    const options = { maxConnections: 1, maxPendingRequests: 1, mode: 'observe' } as const
    const send = compose([concurrencyLimit(options, { observer })], upstream(hang).handler)
    for (let i = 0; i < 3; i++) void send(callTo())
    expect(events.map(({ action }) => action)).toEqual(['wait', 'refuse'])
  })

  it('learns an adaptive limit that it only observes, however many calls are under way', async () => {
    const clock = fakeClock()
    const { observer, events } = recorded('observed')
    const peer = upstream(hang)
    const limits = concurrencyLimit({ adaptive: { minLatencyCalls: 10 }, mode: 'observe' }, { clock, observer })
    const send = compose([limits], peer.handler)
    for (let i = 0; i < 10; i++) void send(callTo())
    for (let i = 0; i < 400; i++) {
      await clock.advance(10)
      peer.exchanges.shift()?.headers(200).end()
      void send(callTo())
    }
    events.length = 0
    void send(callTo())
    expect(events).toEqual([])
  })
})
