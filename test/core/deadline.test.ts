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
