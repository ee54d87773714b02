import type { Duration } from '../../core/duration.js'
import { duration, integer, number, object, oneOf, type Schema } from '../../core/schema/index.js'
import { type PolicyMode, policyMode } from '../mode.js'

/** When to stop calling a destination that fails, and when to try it again. */
export interface CircuitBreakerOptions {
  /** Share of failures in the window at which the breaker opens. 1-100. Default 50. */
  errorThresholdPercentage?: number | undefined
  /** Outcomes the window must hold before it can open: the first failure ever says little. From 1. Default 20. */
  volumeThreshold?: number | undefined
  /**
   * Time until the reply headers from which a call is slow. A slow probe counts as failed. From 1 ms. Default: no call
   * is slow.
   */
  slowCallThreshold?: Duration | undefined
  /** Share of slow calls in the window at which the breaker opens. 1-100. Default 100. */
  slowCallThresholdPercentage?: number | undefined
  /** How long it stays open before a call may probe. Default 10 s. */
  resetTimeout?: Duration | undefined
  /** Probes that must succeed to close it; as many may be under way at once. The first that fails opens it again. 1-100. Default 1. */
  probes?: number | undefined
  /** The window in which outcomes count. Default 10 s. */
  rollingWindow?: Duration | undefined
  /** Steps in which the window moves on. 1-1000. Default 10. */
  buckets?: number | undefined
  /**
   * Lengthens open periods by a random share of up to this much, so that many processes do not probe at the same moment.
   * 0-1. Default: 0 for the first open period of an outage, 0.5 for those after a failed probe.
   */
  jitter?: number | undefined
  /**
   * Whose outcomes it counts: one breaker for the destination, or one for each of its endpoints. An endpoint whose breaker
   * lets no call through is passed over by the balancer. Default `destination`.
   */
  per?: 'destination' | 'endpoint' | undefined
  /** `observe` reports the state that it would be in and lets every call through. Default `enforce`. */
  mode?: PolicyMode | undefined
}

/** Schema of `CircuitBreakerOptions`. */
export const circuitBreakerOptions: Schema<CircuitBreakerOptions> = object<CircuitBreakerOptions>({
  errorThresholdPercentage: number(1, 100),
  volumeThreshold: integer(1),
  slowCallThreshold: duration(1),
  slowCallThresholdPercentage: number(1, 100),
  resetTimeout: duration(1),
  probes: integer(1, 100),
  rollingWindow: duration(1),
  buckets: integer(1, 1000),
  jitter: number(0, 1),
  per: oneOf('destination', 'endpoint'),
  mode: policyMode,
})
