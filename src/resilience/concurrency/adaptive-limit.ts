import type { Classification } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import type { Random } from '../../core/random.js'

/**
 * How many calls may be under way, found from how those before them went. A call is under way until its reply headers are
 * there, which is also how long it is timed: a stream that goes on for hours says nothing of how busy the other side is.
 */
export interface AdaptiveLimit {
  /** A whole number, at least 1. */
  readonly current: number
  /** A call has been answered, or has failed, after so long; `underWay` counts it. What is `ignored` tells nothing. */
  observe(latencyMs: number, outcome: Classification, underWay: number): void
  /** A call finds all places taken, by so many: whether there is one from now on. */
  widens?(underWay: number): boolean
  /** When `widens` may say yes (monotonic ms) unless a call is answered first; undefined when it will not. */
  readonly widensAtMs?: number | undefined
}

/** What an adaptive limit is told from outside. */
export interface AdaptiveDeps {
  readonly clock: Clock
  /** Spreads the measurements of many processes. */
  readonly random: Random
}
