import type { RetryPermits } from './deps.js'
import type { ConcurrentBudgetOptions, RetryOptions } from './options.js'

/** Whether a budget is Envoy's: by retries under way, not by a window. */
export function isConcurrentBudget(budget: RetryOptions['budget']): budget is ConcurrentBudgetOptions {
  return typeof budget === 'object' && ('percent' in budget || 'minConcurrency' in budget)
}

/**
 * Envoy's retry budget: at once, at most `percent` of the calls under way to a destination may be retries, and
 * `minConcurrency` in any case. It takes the place of a limit on retries; Istio's `retryBudget`.
 */
export class ConcurrentBudget implements RetryPermits {
  readonly #share: number
  readonly #least: number
  readonly #underWay: () => number
  #retrying = 0

  /** `underWay` is asked only when a retry is wanted. */
  constructor(options: ConcurrentBudgetOptions, underWay: () => number) {
    this.#share = (options.percent ?? 20) / 100
    this.#least = options.minConcurrency ?? 3
    this.#underWay = underWay
  }

  tryAcquire(): boolean {
    if (this.#retrying >= Math.max(this.#share * this.#underWay(), this.#least)) return false
    this.#retrying++
    return true
  }

  release(): void {
    this.#retrying--
  }
}
