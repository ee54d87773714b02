import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ClientCall } from '../../../src/core/call.js'
import { Observer } from '../../../src/core/observer.js'
import { Limiter, type LimitsOptions } from '../../../src/resilience/concurrency/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'
import { callTo, recorded, stateOf } from '../upstream.js'

const limiterOf = (options: LimitsOptions, observer = new Observer(), clock = fakeClock()): Limiter =>
  new Limiter(options, { clock, observer, random: () => 0.5 })

/** Takes a permit or waits for one. */
function enter(limiter: Limiter, call: ClientCall = callTo()): Promise<void> {
  return limiter.tryAcquire() ? Promise.resolve() : limiter.acquire(call)
}

describe('a limiter', () => {
  it('limits nothing that is not configured', () => {
    const limiter = limiterOf({})
    for (let i = 0; i < 10_000; i++) expect(limiter.tryAcquire()).toBe(true)
    expect(limiter.retries).toBeUndefined()
  })

  it('serves those who wait in the order of their arrival', async () => {
    const limiter = limiterOf({ maxConnections: 1 })
    await enter(limiter)
    const order: number[] = []
    const waiting = [1, 2, 3].map((n) => enter(limiter).then(() => order.push(n)))
    for (let i = 0; i < 3; i++) limiter.release()
    await Promise.all(waiting)
    expect(order).toEqual([1, 2, 3])
    expect(limiter).toMatchObject({ active: 1, waiting: 0 })
  })

  it.each([
    ['maxPendingRequests', { maxConnections: 1, maxPendingRequests: 2 }, 3],
    ['maxPendingRequests: 0, at once', { maxConnections: 1, maxPendingRequests: 0 }, 1],
    [
      'maxPendingRequests, where maxRequests leaves room',
      { maxConnections: 1, maxPendingRequests: 1, maxRequests: 2 },
      2,
    ],
    ['maxRequests alone', { maxRequests: 2 }, 2],
    ["Envoy's 1024 waiting calls, when only maxConnections is set", { maxConnections: 1 }, 1_025],
  ])('refuses what goes beyond %s', async (title, options, admitted) => {
    const { observer, events } = recorded('overflow')
    const limiter = limiterOf(options, observer)
    for (let i = 0; i < admitted; i++) void enter(limiter)
    const limit = /maxRequests|maxPendingRequests/.exec(title)?.[0] ?? 'maxPendingRequests'
    await expect(enter(limiter)).rejects.toMatchObject({
      code: 'ERR_MESH_OVERFLOW',
      status: 503,
      flag: 'UO',
      origin: 'local',
      detail: 'upstream_reset_before_response_started{overflow}',
      body: 'upstream connect error or disconnect/reset before headers. reset reason: overflow',
      headers: { 'x-envoy-overloaded': 'true' },
    })
    expect(events).toEqual([{ service: 'reviews', limit }])
  })

  it('lets a cancelled call leave the queue with its own reason', async () => {
    const limiter = limiterOf({ maxConnections: 1 })
    await enter(limiter)
    const call = callTo()
    const waiting = enter(limiter, call)
    expect(call.phase).toBe('queue')
    const gone = expect(waiting).rejects.toBe('the user left')
    call.cancel('the user left')
    await gone
    expect(limiter).toMatchObject({ active: 1, waiting: 0 })
    await expect(enter(limiter, call)).rejects.toBe('the user left')
  })

  it('lets a call wait no longer than its deadline', async () => {
    const clock = fakeClock()
    const limiter = limiterOf({ maxConnections: 1 }, new Observer(), clock)
    await enter(limiter)
    const call = callTo()
    call.deadline = clock.now() + 100
    const late = expect(enter(limiter, call)).rejects.toMatchObject({ code: 'ERR_MESH_TIMEOUT', phase: 'queue' })
    await clock.advance(110)
    await late
    expect(limiter.waiting).toBe(0)
  })

  it('forgets the deadline of a call whose turn has come', async () => {
    const clock = fakeClock()
    const limiter = limiterOf({ maxConnections: 1 }, new Observer(), clock)
    await enter(limiter)
    const call = callTo()
    call.deadline = clock.now() + 100
    const waiting = enter(limiter, call)
    limiter.release()
    await waiting
    expect(call.phase).toBeUndefined()
    call.cancel('later')
    await clock.advance(200)
    expect(limiter.active).toBe(1)
    limiter.release()
    expect(limiter.active).toBe(0)
  })

  it('counts retries beside the calls', () => {
    const call = callTo()
    const retries = limiterOf({ maxRetries: 1 }).retries
    expect(retries?.tryAcquire(call)).toBe(true)
    expect(retries?.tryAcquire(call)).toBe(false)
    retries?.release()
    expect(retries?.tryAcquire(call)).toBe(true)
    expect(limiterOf({ maxRetries: 0 }).retries?.tryAcquire(call)).toBe(false)
  })

  it('loses and invents no permit, whatever happens in whatever order', async () => {
    const step = fc.oneof(
      fc.constant({ do: 'enter' } as const),
      fc.record({ do: fc.constant('leave' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }),
      fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 60 }) }),
    )
    const limits = fc.record({
      maxConnections: fc.integer({ min: 1, max: 4 }),
      maxPendingRequests: fc.integer({ min: 0, max: 4 }),
      maxRequests: fc.integer({ min: 1, max: 8 }),
    })
    await fc.assert(
      fc.asyncProperty(limits, fc.array(step, { maxLength: 40 }), async (options, steps) => {
        const clock = fakeClock()
        const limiter = limiterOf(options, new Observer(), clock)
        const holding: ClientCall[] = []
        const waiting: ClientCall[] = []
        for (const now of steps) {
          if (now.do === 'enter') {
            const call = callTo()
            call.deadline = clock.now() + 100
            waiting.push(call)
            enter(limiter, call).then(
              () => {
                waiting.splice(waiting.indexOf(call), 1)
                holding.push(call)
              },
              () => waiting.splice(waiting.indexOf(call), 1),
            )
          } else if (now.do === 'leave') {
            if (holding.splice(now.which % Math.max(1, holding.length), 1).length > 0) limiter.release()
          } else if (now.do === 'cancel') waiting[now.which % Math.max(1, waiting.length)]?.cancel('gone')
          else await clock.advance(now.ms)
          await Promise.resolve().then(() => {})
          await Promise.resolve().then(() => {})
          expect(limiter.active).toBe(holding.length)
          expect(limiter.waiting).toBe(waiting.length)
          expect(limiter.active).toBeLessThanOrEqual(Math.min(options.maxConnections, options.maxRequests))
          expect(limiter.waiting).toBeLessThanOrEqual(options.maxPendingRequests)
          if (limiter.waiting > 0) expect(limiter.active).toBe(options.maxConnections)
        }
        while (holding.length > 0 || waiting.length > 0) {
          holding.pop()
          limiter.release()
          await stateOf(Promise.resolve())
        }
        expect(limiter).toMatchObject({ active: 0, waiting: 0 })
      }),
      { numRuns: 150 },
    )
  })
})
