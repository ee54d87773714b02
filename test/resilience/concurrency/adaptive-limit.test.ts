import { describe, expect, it } from 'vitest'
import { adaptiveLimit } from '../../../src/resilience/concurrency/adaptive-algorithm.js'
import type { AdaptiveLimit } from '../../../src/resilience/concurrency/adaptive-limit.js'
import type { AdaptiveLimitOptions } from '../../../src/resilience/concurrency/index.js'
import { type FakeClock, fakeClock } from '../../../src/testing/fake-clock.js'

function given(options: AdaptiveLimitOptions) {
  const clock = fakeClock()
  return { clock, limit: adaptiveLimit(options, { clock, random: () => 0 }) }
}

/** An interval of calls that keep the limit busy and take so long. */
async function interval(clock: FakeClock, limit: AdaptiveLimit, latencyMs: number, calls = 60): Promise<number> {
  for (let i = 0; i < calls; i++) limit.observe(latencyMs, 'success', limit.current)
  await clock.advance(100)
  limit.observe(latencyMs, 'success', limit.current)
  return limit.current
}

describe("Envoy's gradient", () => {
  it('measures the least latency with few calls, then grows while latency stays there', async () => {
    const { clock, limit } = given({})
    expect(limit.current).toBe(3)
    for (let i = 0; i < 50; i++) limit.observe(10, 'success', 3)
    const limits: number[] = []
    for (let i = 0; i < 4; i++) limits.push(await interval(clock, limit, 10))
    // limit x 1.25 + sqrt(limit x 1.25), rounded down.
    expect(limits).toEqual([5, 8, 13, 20])
  })

  it('does not believe what ran among many while it measures', () => {
    const { limit } = given({ minLatencyCalls: 2 })
    limit.observe(900, 'success', 50)
    limit.observe(900, 'success', 50)
    limit.observe(10, 'success', 3)
    expect(limit.current).toBe(3)
  })

  it('lets twice as many through while it measures and none of them is answered for ten intervals', async () => {
    const { clock, limit } = given({ minLatencyCalls: 2, max: 10 })
    expect(limit.widens?.(3)).toBe(false)
    await clock.advance(999)
    expect([limit.widens?.(3), limit.current]).toEqual([false, 3])
    await clock.advance(1)
    expect([limit.widens?.(3), limit.current]).toEqual([true, 6])
    await clock.advance(1_000)
    expect([limit.widens?.(10), limit.current]).toEqual([false, 10])
    expect(limit.widensAtMs).toBeUndefined()
  })

  /** Fills all places, and those that are added each second. */
  async function stalled(clock: FakeClock, limit: AdaptiveLimit, seconds: number): Promise<number[]> {
    const begun = new Array<number>(limit.current).fill(clock.now())
    limit.widens?.(begun.length)
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1_000)
      limit.widens?.(begun.length)
      while (begun.length < limit.current) begun.push(clock.now())
    }
    return begun
  }

  it('does not take a stall for the least latency, and keeps no place for what hangs no longer', async () => {
    const { clock, limit } = given({})
    const begun = await stalled(clock, limit, 5)
    expect([begun.length, limit.current]).toEqual([96, 96])
    await clock.advance(900)
    for (const [i, at] of begun.entries()) limit.observe(clock.now() - at, 'success', begun.length - i)
    expect(limit.current).toBe(3)
    for (let i = 0; i < 60; i++) {
      await clock.advance(10)
      limit.observe(10, 'success', 3)
    }
    // With 900 ms for the least latency, the limit would only grow.
    for (let i = 0; i < 3; i++) await interval(clock, limit, 30)
    expect(limit.current).toBe(3)
  })

  it('keeps places for calls that still hang, and takes each back when its call ends', async () => {
    const { clock, limit } = given({ minLatencyCalls: 2 })
    await stalled(clock, limit, 1)
    for (let i = 0; i < 2; i++) {
      await clock.advance(10)
      limit.observe(10, 'success', 6)
    }
    expect(limit.current).toBe(6)
    limit.observe(1_020, 'ignored', 6)
    limit.observe(1_020, 'failure', 5)
    expect(limit.current).toBe(4)
  })

  it('keeps places for calls that still hang when it measures anew', async () => {
    const { clock, limit } = given({ minLatencyCalls: 2, minLatencyInterval: '1s' })
    await stalled(clock, limit, 1)
    for (let i = 0; i < 3; i++) {
      await clock.advance(1_010)
      limit.observe(10, 'success', 6)
    }
    expect([limit.widens?.(6), limit.current]).toEqual([false, 6])
    expect(limit.widensAtMs).toBe(clock.now() + 1_000)
  })

  it.each([2_000, 10_000])('measures a callee whose headers always take %d ms', async (latencyMs) => {
    const { clock, limit } = given({})
    const begun: number[] = []
    const fill = () => {
      while (begun.length < limit.current || limit.widens?.(begun.length)) begun.push(clock.now())
    }
    const run = async (forMs: number) => {
      for (const end = clock.now() + forMs; clock.now() < end; await clock.advance(50)) {
        while (clock.now() - (begun[0] ?? clock.now()) >= latencyMs) {
          limit.observe(latencyMs, 'success', begun.length)
          begun.shift()
        }
        fill()
      }
    }
    await run(40_000)
    const measured = limit.current
    expect(measured).toBeGreaterThan(3)
    await interval(clock, limit, latencyMs)
    const grown = await interval(clock, limit, latencyMs)
    expect(grown).toBeGreaterThan(measured)
    await interval(clock, limit, latencyMs * 4)
    expect(await interval(clock, limit, latencyMs * 4)).toBeLessThan(grown)
  })

  it('does not have quick calls wait as long as a slow one takes', async () => {
    const { clock, limit } = given({})
    const begun = await stalled(clock, limit, 1)
    for (let i = 0; i < 5; i++) {
      await clock.advance(5)
      limit.observe(5, 'success', 6)
    }
    await clock.advance(28_000)
    for (const at of begun.slice(0, 3)) limit.observe(clock.now() - at, 'success', 3)
    expect([limit.current, limit.widens?.(3)]).toEqual([3, false])
    await clock.advance(1_000)
    expect([limit.widens?.(3), limit.current]).toEqual([true, 6])
  })

  it('lets no more through while calls are answered, or once it has measured', async () => {
    const { clock, limit } = given({ minLatencyCalls: 30 })
    for (let i = 0; i < 30; i++) {
      expect([limit.widens?.(3), limit.current]).toEqual([false, 3])
      await clock.advance(900)
      limit.observe(900, 'success', 3)
    }
    expect(limit.widens?.(3)).toBe(false)
    await clock.advance(2_000)
    expect([limit.widens?.(3), limit.current]).toEqual([false, 3])
  })

  it('halves at most, and stays between its bounds', async () => {
    const { clock, limit } = given({ min: 4, max: 12 })
    for (let i = 0; i < 50; i++) limit.observe(10, 'success', 4)
    for (let i = 0; i < 5; i++) await interval(clock, limit, 10)
    expect(limit.current).toBe(12)
    expect(await interval(clock, limit, 1_000)).toBe(8)
    for (let i = 0; i < 3; i++) await interval(clock, limit, 1_000)
    expect(limit.current).toBe(4)
  })

  it('measures anew after a while, and after five intervals at its least', async () => {
    const { clock, limit } = given({ minLatencyCalls: 10 })
    for (let i = 0; i < 10; i++) limit.observe(10, 'success', 3)
    for (let i = 0; i < 7; i++) await interval(clock, limit, 500, 5)
    // The callee has become slower for good: measured again, that is its least latency.
    for (let i = 0; i < 10; i++) limit.observe(500, 'success', 3)
    expect(await interval(clock, limit, 500)).toBeGreaterThan(3)
  })

  it('learns nothing from what says nothing of the peer', () => {
    const { limit } = given({ minLatencyCalls: 1 })
    limit.observe(1, 'ignored', 1)
    expect(limit.current).toBe(3)
  })
})

describe('additive increase, multiplicative decrease', () => {
  const algorithm = 'aimd'

  it('grows by one an interval while the limit is needed', async () => {
    const { clock, limit } = given({ algorithm })
    expect(limit.current).toBe(20)
    expect(await interval(clock, limit, 10)).toBe(21)
    expect(await interval(clock, limit, 10)).toBe(22)
  })

  it('does not grow where nobody comes near it', async () => {
    const { clock, limit } = given({ algorithm })
    limit.observe(10, 'success', 2)
    await clock.advance(100)
    limit.observe(10, 'success', 2)
    expect(limit.current).toBe(20)
  })

  it('backs off by a tenth, once an interval, when calls fail or take too long', async () => {
    const { clock, limit } = given({ algorithm, latency: '50ms' })
    for (let i = 0; i < 10; i++) limit.observe(10, 'failure', 20)
    expect(limit.current).toBe(18)
    await clock.advance(100)
    limit.observe(10, 'success', 18)
    limit.observe(50, 'success', 18)
    expect(limit.current).toBe(16)
  })

  it('stays between its bounds', async () => {
    const { clock, limit } = given({ algorithm, min: 19, max: 20 })
    for (let i = 0; i < 5; i++) {
      limit.observe(10, 'failure', 20)
      await clock.advance(100)
      limit.observe(10, 'success', 1)
    }
    expect(limit.current).toBe(19)
  })
})
