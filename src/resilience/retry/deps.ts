import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import type { Observer } from '../../core/observer.js'
import type { Random } from '../../core/random.js'
import type { RetryBudget } from './budget.js'

/** How many retries a destination bears at once. */
export interface RetryPermits {
  tryAcquire(): boolean
  release(): void
}

/** What a retry is told from outside. */
export interface RetryDeps {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  /** Shared by everything that retries towards a service; undefined for none. */
  readonly budget?: RetryBudget | undefined
  /** Limit of concurrent retries of the destination that a call is for; asked only when a retry is wanted. */
  readonly permits?: ((call: ClientCall) => RetryPermits | undefined) | undefined
}
