import { describe, expect, it } from 'vitest'
import { ConcurrentBudget, isConcurrentBudget } from '../../../src/resilience/retry/concurrent-budget.js'

function acquired(budget: ConcurrentBudget, tries: number): number {
  return Array.from({ length: tries }, () => budget.tryAcquire()).filter(Boolean).length
}

describe('the concurrent retry budget', () => {
  it.each([
    { underWay: 0, options: {}, retries: 3 },
    { underWay: 15, options: {}, retries: 3 },
    { underWay: 20, options: {}, retries: 4 },
    { underWay: 100, options: {}, retries: 20 },
    { underWay: 100, options: { percent: 5 }, retries: 5 },
    { underWay: 100, options: { percent: 0, minConcurrency: 0 }, retries: 0 },
    { underWay: 1, options: { percent: 0, minConcurrency: 7 }, retries: 7 },
  ])('lets $retries retries be under way beside $underWay calls, given $options', ({ underWay, options, retries }) => {
    expect(acquired(new ConcurrentBudget(options, () => underWay), 50)).toBe(retries)
  })

  it('gives leave again when a retry has ended', () => {
    const budget = new ConcurrentBudget({ minConcurrency: 1 }, () => 0)
    expect(budget.tryAcquire()).toBe(true)
    expect(budget.tryAcquire()).toBe(false)
    budget.release()
    expect(budget.tryAcquire()).toBe(true)
  })

  it('follows the load of the moment', () => {
    let underWay = 0
    const budget = new ConcurrentBudget({ minConcurrency: 0 }, () => underWay)
    expect(budget.tryAcquire()).toBe(false)
    underWay = 5
    expect(budget.tryAcquire()).toBe(true)
    expect(budget.tryAcquire()).toBe(false)
  })

  it('is told from the window budget by its fields', () => {
    expect(isConcurrentBudget({ percent: 20 })).toBe(true)
    expect(isConcurrentBudget({ minConcurrency: 3 })).toBe(true)
    expect(isConcurrentBudget({ ratio: 0.1 })).toBe(false)
    expect(isConcurrentBudget({})).toBe(false)
    expect(isConcurrentBudget(false)).toBe(false)
    expect(isConcurrentBudget(undefined)).toBe(false)
  })
})
