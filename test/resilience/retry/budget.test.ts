import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compose, RetryBudget, retry } from '../../../src/index.js'
import { fakeClock, scriptedUpstream } from '../../../src/testing/index.js'
import { callTo } from '../upstream.js'

function withdrawn(budget: RetryBudget, tries: number): number {
  let granted = 0
  for (let i = 0; i < tries; i++) if (budget.withdraw()) granted++
  return granted
}

describe('the retry budget', () => {
  it('bears one retry a second without any traffic', () => {
    expect(withdrawn(new RetryBudget({}, fakeClock()), 100)).toBe(10)
  })

  it('bears a tenth of ten thousand first attempts, and its floor', () => {
    const budget = new RetryBudget({}, fakeClock())
    for (let i = 0; i < 10_000; i++) budget.deposit()
    expect(withdrawn(budget, 10_000)).toBe(1_010)
  })

  it.each([
    [{ ratio: 0.5, minPerSecond: 0 }, 50],
    [{ ratio: 0, minPerSecond: 2, window: '5s' }, 10],
    [{ ratio: 0, minPerSecond: 0 }, 0],
  ] as const)('with %j bears %i retries of a hundred calls', (options, retries) => {
    const budget = new RetryBudget(options, fakeClock())
    for (let i = 0; i < 100; i++) budget.deposit()
    expect(withdrawn(budget, 1_000)).toBe(retries)
  })

  it('needs no options and no clock', () => {
    expect(withdrawn(new RetryBudget(), 5)).toBe(5)
  })

  it.each([
    [{ ratio: 2 }, 'budget.ratio'],
    [{ window: 'long' }, 'budget.window: must be a duration'],
    [{ percent: 20 }, 'budget.percent: is not a known option'],
  ])('refuses %j', (wrong: object, message) => {
    expect(() => new RetryBudget(wrong)).toThrow(message)
  })

  it('is one for all retries that are given it', async () => {
    const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.1 })
    const failing = scriptedUpstream({ fail: 'ERR_MESH_RESET_BEFORE_RESPONSE' })
    const chain = () => compose([retry({ attempts: 1 }, { budget, random: () => 0 })], failing)
    await expect(chain()(callTo())).rejects.toMatchObject({ attempts: 2 })
    await expect(chain()(callTo())).rejects.toMatchObject({ attempts: 1 })
  })

  it('forgets first attempts after the window, and has its floor back', async () => {
    const clock = fakeClock()
    const budget = new RetryBudget({}, clock)
    for (let i = 0; i < 1_000; i++) budget.deposit()
    expect(withdrawn(budget, 1_000)).toBe(110)
    await clock.advance(5_000)
    expect(withdrawn(budget, 1_000)).toBe(0)
    await clock.advance(6_000)
    expect(withdrawn(budget, 1_000)).toBe(10)
    await clock.advance(1_000_000)
    expect(withdrawn(budget, 1_000)).toBe(10)
  })

  it('never bears more than its share in any window, however the traffic falls', async () => {
    const step = fc.record({
      afterMs: fc.integer({ min: 0, max: 4_000 }),
      calls: fc.integer({ min: 0, max: 60 }),
      tries: fc.integer({ min: 0, max: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        let now = 5_000
        const budget = new RetryBudget({}, { ...fakeClock(), now: () => now })
        const first: number[] = []
        const retried: number[] = []
        for (const { afterMs, calls, tries } of steps) {
          now += afterMs
          for (let i = 0; i < calls; i++) {
            budget.deposit()
            first.push(now)
          }
          for (let i = 0; i < tries; i++) if (budget.withdraw()) retried.push(now)
          const inWindow = (at: number): boolean => at > now - 10_000
          if (retried.at(-1) === now)
            expect(retried.filter(inWindow).length).toBeLessThanOrEqual(0.1 * first.filter(inWindow).length + 10)
        }
      }),
      { numRuns: 300 },
    )
  })
})
