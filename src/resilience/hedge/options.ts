import type { Duration } from '../../core/duration.js'
import { duration, either, flag, integer, number, object, type Schema } from '../../core/schema/index.js'
import { type PolicyMode, policyMode } from '../mode.js'

/** A delay that follows the service: a percentile of how long its latest attempts took to answer. */
export interface HedgePercentile {
  /** From 50 to 99.9. */
  percentile: number
  /** Never sooner than that. From 1 ms. Default 10 ms. */
  minimum?: Duration | undefined
}

/**
 * A second attempt beside one that does not answer: the first good answer counts, the other attempt is cancelled. Only
 * for methods that may be repeated, with bodies that can be sent again, and drawn from the retry budget.
 */
export interface HedgeOptions {
  /**
   * How long an attempt may go without an answer before another goes out, in steps of 8 ms. From 1 ms. Default the 95th
   * percentile, once 50 attempts of the last 20 s are known.
   */
  after?: Duration | HedgePercentile | undefined
  /** Attempts beside the first, each after the same delay again. 1-5. Default 1. */
  max?: number | undefined
  /**
   * The other attempt goes out when `retry.perTryTimeout` runs out, and the first is not given up: Envoy's
   * `hedge_on_per_try_timeout`. For outlier detection the first has timed out then; for a breaker it counts when it ends.
   * Nothing ends an attempt that hangs but an answer to another, a `timeout` or `retry.perTryIdleTimeout`: have one of
   * the two. In place of `after` and `max`: there are as many as `retry.attempts` says. Default false.
   */
  onPerTryTimeout?: boolean | undefined
  /** `observe` counts the attempts that would go out and sends none. Default `enforce`. */
  mode?: PolicyMode | undefined
}

/** Schema of `HedgeOptions`. */
export const hedgeOptions: Schema<HedgeOptions> = object<HedgeOptions>({
  after: either<Duration, HedgePercentile>(
    duration(1),
    object<HedgePercentile>({ percentile: number(50, 99.9), minimum: duration(1) }, ['percentile']),
  ),
  max: integer(1, 5),
  onPerTryTimeout: flag,
  mode: policyMode,
})
