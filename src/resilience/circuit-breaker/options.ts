import type { Duration } from '../../core/duration.js'
import { duration, integer, number, object, type Schema } from '../../core/schema/index.js'

/** When to stop calling a destination that fails, and when to try it again. */
export interface CircuitBreakerOptions {
  /** Share of failures in the window at which the breaker opens. 1-100. Default 50. */
  errorThresholdPercentage?: number | undefined
  /** Outcomes the window must hold before it can open: the first failure ever says little. From 1. Default 20. */
  volumeThreshold?: number | undefined
  /** How long it stays open before one call may probe. Default 10 s. */
  resetTimeout?: Duration | undefined
  /** The window in which outcomes count. Default 10 s. */
  rollingWindow?: Duration | undefined
  /** Steps in which the window moves on. 1-1000. Default 10. */
  buckets?: number | undefined
  /**
   * Lengthens every open period by a random share of up to this much, so that many processes do not probe at the same
   * moment. 0-1. Default 0.
   */
  jitter?: number | undefined
}

/** Schema of `CircuitBreakerOptions`. */
export const circuitBreakerOptions: Schema<CircuitBreakerOptions> = object<CircuitBreakerOptions>({
  errorThresholdPercentage: number(1, 100),
  volumeThreshold: integer(1),
  resetTimeout: duration(1),
  rollingWindow: duration(1),
  buckets: integer(1, 1000),
  jitter: number(0, 1),
})
