import type { Duration } from '../../core/duration.js'
import { duration, number, object, type Schema } from '../../core/schema/index.js'
import { type PolicyMode, policyMode } from '../mode.js'

/** Refuses a share of the calls that grows as fewer succeed: Envoy's admission control, SRE's client-side throttling. */
export interface AdmissionOptions {
  /** Share of successes, in percent, below which calls are refused. 1-100. Default 95. */
  successThreshold?: number | undefined
  /** How sharply refusals rise as successes fall: 1 in proportion, more for sooner. From 1. Default 1. */
  aggression?: number | undefined
  /** Calls a second without which nothing is refused. From 0. Default 0. */
  minRequestsPerSecond?: number | undefined
  /** At most that share is refused, in percent, so that recovery is seen. 0-100. Default 80. */
  maxRejectionPercent?: number | undefined
  /** The window in which outcomes count, in steps of a tenth. From 1 s. Default 30 s. */
  window?: Duration | undefined
  /** `observe` counts what would be refused and refuses nothing. Default `enforce`. */
  mode?: PolicyMode | undefined
}

/** Schema of `AdmissionOptions`. */
export const admissionOptions: Schema<AdmissionOptions> = object<AdmissionOptions>({
  successThreshold: number(1, 100),
  aggression: number(1),
  minRequestsPerSecond: number(0),
  maxRejectionPercent: number(0, 100),
  window: duration(1_000),
  mode: policyMode,
})
