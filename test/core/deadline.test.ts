import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deadlineWheel } from '../../src/core/deadline.js'
import { fakeClock } from '../../src/testing/fake-clock.js'

describe('DeadlineWheel', () => {
  it('fires late by at most 8 ms or 1.6 %, and never early', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 600_000 }), { minLength: 1, maxLength: 20 }),
        async (delays) => {
          const clock = fakeClock()
          const wheel = deadlineWheel(clock)
          const start = clock.now()
          const fired: number[] = []
          for (const [i, delay] of delays.entries())
            wheel.arm(start + delay, { expire: () => (fired[i] = clock.now() - start) })
          await clock.advance(620_000)
          for (const [i, delay] of delays.entries()) {
            expect(fired[i]).toBeGreaterThanOrEqual(delay)
            expect(fired[i]).toBeLessThanOrEqual(delay + Math.max(9, delay * 0.016 + 1))
          }
        },
      ),
      { numRuns: 20 },
    )
  })

  it('never fires what was released', async () => {
    const clock = fakeClock()
    const wheel = deadlineWheel(clock)
    let fired = 0
    const armed = [10, 10, 500].map((delay) => wheel.arm(clock.now() + delay, { expire: () => fired++ }))
    armed[0]?.release()
    armed[2]?.release()
    await clock.advance(1_000)
    expect(fired).toBe(1)
  })

  it('shares one timer among thousands of deadlines and keeps none when all have ended', async () => {
    const clock = fakeClock()
    const wheel = deadlineWheel(clock)
    const armed = Array.from({ length: 10_000 }, (_, i) =>
      wheel.arm(clock.now() + 2_000 + (i % 100), { expire: () => {} }),
    )
    expect(clock.pending).toBe(1)
    for (const one of armed) one.release()
    await clock.advance(3_000)
    expect(clock.pending).toBe(0)
  })
})

describe('a wheel that wakes late, because the event loop stood still', () => {
  function stalling() {
    let now = 1_000
    const timers: (() => void)[] = []
    const clock = {
      now: () => now,
      wallNow: () => now,
      setTimer: (fn: () => void) => {
        timers.push(fn)
        return { cancel: () => void timers.splice(timers.indexOf(fn), 1) }
      },
    }
    return {
      wheel: deadlineWheel(clock),
      stall: (ms: number) => {
        now += ms
      },
      /** One turn of the timers. */
      turn: () => {
        for (const fire of timers.splice(0)) fire()
      },
    }
  }

  it('lets what has arrived meanwhile be read before anything expires', () => {
    const { wheel, stall, turn } = stalling()
    const expired: string[] = []
    const answered = wheel.arm(1_096, { expire: () => expired.push('answered') })
    wheel.arm(1_096, { expire: (stalled) => expired.push(`silent, stalled ${stalled}`) })
    stall(400)
    turn()
    expect(expired).toEqual([])
    answered.release()
    turn()
    expect(expired).toEqual(['silent, stalled true'])
  })

  it('blames nothing else on the stall: what expires later did so by itself', () => {
    const { wheel, stall, turn } = stalling()
    const expired: boolean[] = []
    wheel.arm(1_096, { expire: (stalled) => expired.push(stalled) })
    stall(400)
    turn()
    turn()
    wheel.arm(1_496, { expire: (stalled) => expired.push(stalled) })
    stall(100)
    turn()
    expect(expired).toEqual([true, false])
  })
})
