import { describe, expect, it } from 'vitest'
import type { FaultOptions } from '../../../src/routing/fault/options.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { call } from '../scaffold.js'
import { ring } from '../scaffold-ring.js'

const delay = { duration: '2s', percentage: 50 } as const
const abort = { status: 503, percentage: 50 }

async function outcome(fault: FaultOptions, draws: number[]): Promise<[number, boolean, string | undefined, number]> {
  const clock = fakeClock()
  const started = clock.now()
  const random = (): number => draws.shift() ?? Number.NaN
  let endedMs = 0
  const pending = ring({ fault }, { clock, random })
    .handler(call())
    .then((reply) => {
      endedMs = clock.now() - started
      return reply
    })
  await clock.advance(0)
  await clock.advance(10_000)
  const reply = await pending
  expect(draws).toEqual([])
  return [reply.status, reply.headers.has('x-up'), reply.flag, endedMs]
}

describe('a fault', () => {
  it.each<[string, FaultOptions, number[], [number, boolean, string | undefined, number]]>([
    ['neither', { delay, abort }, [0.5, 0.5], [200, true, undefined, 0]],
    ['a delay', { delay, abort }, [0.49, 0.5], [200, true, 'DI', 2000]],
    ['an abort', { delay, abort }, [0.5, 0.49], [503, false, 'FI', 0]],
    ['first the delay, then the abort', { delay, abort }, [0.49, 0.49], [503, false, 'DI,FI', 2000]],
    ['a delay alone', { delay }, [0.49], [200, true, 'DI', 2000]],
    ['an abort alone', { abort }, [0.49], [503, false, 'FI', 0]],
    ['never with 0 %', { abort: { status: 503, percentage: 0 } }, [], [200, true, undefined, 0]],
    ['always with 100 %', { abort: { status: 418, percentage: 100 } }, [], [418, false, 'FI', 0]],
  ])('by independent draws: %s', async (_, fault, draws, expected) => {
    expect(await outcome(fault, draws)).toEqual(expected)
  })

  it('answers as Envoy does, with the route’s changes to answers, and is no error', async () => {
    const reply = await ring({
      fault: { abort: { status: 400, percentage: 100 } },
      headers: { response: { set: { 'x-res': '1' } } },
    }).handler(call())
    expect([reply.status, await reply.body.text(), reply.detail]).toEqual([
      400,
      'fault filter abort',
      'fault_filter_abort',
    ])
    expect(Object.fromEntries(reply.headers)).toEqual({
      'x-res': '1',
      'content-type': 'text/plain',
      'content-length': '18',
    })
  })

  it('comes before all else of the route: an abort has no grant for cross-origin calls', async () => {
    const route = { fault: { abort: { status: 400, percentage: 100 } }, cors: { allowOrigins: ['https://a'] } }
    const reply = await ring(route).handler(call({ headers: { origin: 'https://a' } }))
    expect(reply.headers.has('access-control-allow-origin')).toBe(false)
  })

  it('ends with a call that is cancelled, and leaves no timer', async () => {
    const clock = fakeClock()
    const one = call()
    const pending = ring({ fault: { delay: { duration: '2s', percentage: 100 } } }, { clock }).handler(one)
    const reason = new Error('enough')
    expect(one.phase).toBe('fault')
    one.cancel(reason)
    await expect(pending).rejects.toBe(reason)
    expect(clock.pending).toBe(0)
  })

  it('does not begin for a call that is cancelled already', async () => {
    const one = call()
    const reason = new Error('enough')
    one.cancel(reason)
    const clock = fakeClock()
    await expect(ring({ fault: { delay: { duration: '2s', percentage: 100 } } }, { clock }).handler(one)).rejects.toBe(
      reason,
    )
    expect(clock.pending).toBe(0)
  })

  it('ends at the deadline that the call already has', async () => {
    const clock = fakeClock()
    const one = call()
    one.deadline = clock.now() + 500
    const pending = ring({ fault: { delay: { duration: '2s', percentage: 100 } } }, { clock }).handler(one)
    const told = expect(pending).rejects.toMatchObject({
      code: 'ERR_MESH_TIMEOUT',
      status: 504,
      flag: 'UT',
      detail: 'response_timeout',
      phase: 'fault',
    })
    await clock.advance(499)
    expect(clock.pending).toBe(1)
    await clock.advance(1)
    await told
  })
})
