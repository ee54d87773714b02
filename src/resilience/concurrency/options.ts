import { integer, object, type Schema } from '../../core/schema/index.js'
import { type PolicyMode, policyMode } from '../mode.js'
import { type AdaptiveLimitOptions, adaptiveLimitOptions } from './adaptive-options.js'

/**
 * How much may be under way towards one destination: Envoy's circuit-breaker thresholds, Istio's `connectionPool`.
 * What is absent is not limited.
 */
export interface LimitsOptions {
  /** Calls on the wire at once; with HTTP/1.1 each has a connection of its own. From 1. Default: no limit. */
  maxConnections?: number | undefined
  /**
   * Calls that may wait for one of `maxConnections`, first come, first served. From 0: refuse at once. Default 1024,
   * as Envoy's: no queue is unbounded. Without `maxConnections` nothing waits.
   */
  maxPendingRequests?: number | undefined
  /** Calls on the wire at once, refused without waiting; those that wait for a connection do not count. From 1. Default: no limit. */
  maxRequests?: number | undefined
  /** Retries under way at once, back-off included. From 0: no retries. Default: no limit. */
  maxRetries?: number | undefined
  /** Calls without reply headers at once, as a limit that finds itself; `maxConnections`, if set too, is its bound. Default: none. */
  adaptive?: AdaptiveLimitOptions | undefined
  /** `observe` counts what would be refused or have to wait, and does neither. Default `enforce`. */
  mode?: PolicyMode | undefined
}

/** Schema of `LimitsOptions`. */
export const limitsOptions: Schema<LimitsOptions> = object<LimitsOptions>({
  maxConnections: integer(1),
  maxPendingRequests: integer(0),
  maxRequests: integer(1),
  maxRetries: integer(0),
  adaptive: adaptiveLimitOptions,
  mode: policyMode,
})
