import type { Duration } from '../../core/duration.js'
import { duration, integer, number, object, oneOf, rule, type Schema } from '../../core/schema/index.js'

/**
 * A limit that finds itself, from how long calls take. It counts calls as it times them, until their reply headers: streams
 * and long downloads hold no place.
 */
export interface AdaptiveLimitOptions {
  /**
   * `gradient`: follows the ratio of the least latency to today's (Envoy adaptive concurrency). `aimd`: one more while all
   * is well, a share less for what fails or takes longer than `latency` (TCP Reno). Default `gradient`.
   */
  algorithm?: 'gradient' | 'aimd' | undefined
  /** Never less. From 1. Default 3. */
  min?: number | undefined
  /** Never more. From `min`. Default 1000. */
  max?: number | undefined
  /** How often the limit is computed anew. From 1 ms. Default 100 ms. */
  interval?: Duration | undefined
  /** Which latency of an interval counts for `gradient`, in percent. 1-99. Default 50. */
  percentile?: number | undefined
  /** How much longer than the least latency is still fine for `gradient`, in percent. From 0. Default 25. */
  buffer?: number | undefined
  /**
   * How often `gradient` measures the least latency, with `min` calls at once; with twice as many, and so on, where none
   * of them is answered for ten `interval`s. From 1 s. Default 60 s, up to 15 % later.
   */
  minLatencyInterval?: Duration | undefined
  /**
   * Calls that the least latency is measured with; `min` do where they take longer than ten `interval`s. From 1. Default 50.
   */
  minLatencyCalls?: number | undefined
  /** What `aimd` multiplies the limit with when it backs off. 0.5-0.99. Default 0.9. */
  backoffRatio?: number | undefined
  /** From which latency on a call counts against `aimd`'s limit. From 1 ms. Default: none does. */
  latency?: Duration | undefined
}

/** Schema of `AdaptiveLimitOptions`. */
export const adaptiveLimitOptions: Schema<AdaptiveLimitOptions> = rule(
  object<AdaptiveLimitOptions>({
    algorithm: oneOf('gradient', 'aimd'),
    min: integer(1),
    max: integer(1),
    interval: duration(1),
    percentile: number(1, 99),
    buffer: number(0),
    minLatencyInterval: duration(1_000),
    minLatencyCalls: integer(1),
    backoffRatio: number(0.5, 0.99),
    latency: duration(1),
  }),
  ({ min = 3, max = 1_000 }, report) => {
    if (max < min) report(['max'], `must not be below min (${min})`)
  },
)
