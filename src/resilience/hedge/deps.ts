import type { Classifier } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import type { Observer } from '../../core/observer.js'
import type { RetryBudget } from '../retry/index.js'

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
}
