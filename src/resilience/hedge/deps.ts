import type { ClientCall } from '../../core/call.js'
import type { Classifier } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import type { Observer } from '../../core/observer.js'
import type { RetryBudget, RetryPermits } from '../retry/index.js'

/** What hedging is told from outside. */
export interface HedgeDeps {
  /** Measures delays and latencies. */
  readonly clock: Clock
  /** Is told every hedge, and every one that the budget refused. */
  readonly observer: Observer
  /** Says which answers are good. */
  readonly classifier: Classifier
  /** Shared with the retries; undefined for no limit. */
  readonly budget?: RetryBudget | undefined
  /** Limit of concurrent retries of the destination that a call is for; a hedge counts as one until it has answered. */
  readonly permits?: ((call: ClientCall) => RetryPermits | undefined) | undefined
}
