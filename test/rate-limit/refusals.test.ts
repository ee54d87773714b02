import { describe, expect, it } from 'vitest'
import type { RateLimitDecision } from '../../src/rate-limit/decision.js'
import { Refusals } from '../../src/rate-limit/refusals.js'

const usage = (resetMs: number) => ({ label: 'hour', limit: 3, lengthMs: 3_600_000, remaining: 0, resetMs })

function refusal(resetMs: number): RateLimitDecision {
  const refusedBy = usage(resetMs)
  return { allowed: false, backend: 'redis', windows: [refusedBy], refusedBy }
}

describe('refusals of a shared store', () => {
  it('hold for a second, with what there is left to wait', () => {
    const refusals = new Refusals(100)
    refusals.keep('a', refusal(60_000), 5_000)
    expect(refusals.find('a', 5_400)).toEqual(refusal(59_600))
    expect(refusals.find('a', 5_999)).toEqual(refusal(59_001))
    expect(refusals.find('a', 6_000)).toBeUndefined()
  })

  it('hold no longer than the window', () => {
    const refusals = new Refusals(100)
    refusals.keep('a', refusal(300), 5_000)
    expect(refusals.find('a', 5_299)).toBeDefined()
    expect(refusals.find('a', 5_300)).toBeUndefined()
  })

  it('are of one client', () => {
    const refusals = new Refusals(100)
    refusals.keep('a', refusal(60_000), 0)
    expect(refusals.find('b', 0)).toBeUndefined()
  })

  it('are no admissions', () => {
    const refusals = new Refusals(100)
    refusals.keep('a', { allowed: true, backend: 'redis', windows: [usage(60_000)], refusedBy: undefined }, 0)
    expect(refusals.find('a', 0)).toBeUndefined()
  })

  it('are bounded in number', () => {
    const refusals = new Refusals(100)
    for (let i = 0; i < 1_000; i++) refusals.keep(`k${i}`, refusal(60_000), 0)
    const kept = Array.from({ length: 1_000 }, (_, i) => refusals.find(`k${i}`, 0)).filter(Boolean)
    expect(kept).toHaveLength(100)
  })
})
