import type { Classification } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import type { Random } from '../../core/random.js'

/** How many calls may be under way, found from how those before them went. */
export interface AdaptiveLimit {
  /** A whole number, at least 1. */
  readonly current: number
  /** A call has been answered, or has failed, after so long; `underWay` counts it. What is `ignored` tells nothing. */
  observe(latencyMs: number, outcome: Classification, underWay: number): void
}

/** What an adaptive limit is told from outside. */
export interface AdaptiveDeps {
  readonly clock: Clock
  /** Spreads the measurements of many processes. */
  readonly random: Random
}
