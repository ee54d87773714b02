import type { ClientCall } from '../../core/call.js'
import type { Cancellation } from '../../core/cancellation.js'
import type { Clock } from '../../core/clock.js'
import type { Observer } from '../../core/observer.js'
import type { Random } from '../../core/random.js'
import type { RetryBudget } from './budget.js'

/** How many retries a destination bears at once. */
export interface RetryPermits {
  /** Takes a permit if one is free. */
  tryAcquire(call: ClientCall): boolean
  /** Gives it back, once the retry has ended. */
  release(): void
}

/** What a retry is told from outside. */
export interface RetryDeps {
  /** Measures back-off, budget and deadline. */
  readonly clock: Clock
  /** Draws the back-off. */
  readonly random: Random
  /** Is told every retry, and every one that was not made. */
  readonly observer: Observer
  /** Shared by everything that retries towards a service; undefined for none. */
  readonly budget?: RetryBudget | undefined
  /** Limit of concurrent retries of the destination that a call is for; asked only when a retry is wanted. */
  readonly permits?: ((call: ClientCall) => RetryPermits | undefined) | undefined
  /**
   * Whether a retry of the call would go to an endpoint that it has not tried. Where there is none, what an endpoint would
   * only repeat - another protocol, a certificate - is not retried. Undefined retries it all the same, as Envoy does.
   */
  readonly another?: ((call: ClientCall) => boolean) | undefined
  /** Cancelled to break off every back-off at once, when what retries is closed by force; undefined for never. */
  readonly ending?: Cancellation | undefined
}
