import type { Duration } from '../../core/duration.js'
import { duration, integer, number, object, rule, type Schema } from '../../core/schema/index.js'

/** A delay for a share of the calls. */
export interface FaultDelay {
  /** From 1 ms. */
  duration: Duration
  /** 0 to 100. */
  percentage: number
}

/** A local answer for a share of the calls. */
export interface FaultAbort {
  /** 200 to 599. */
  status: number
  /** 0 to 100. */
  percentage: number
}

/**
 * Trouble on purpose, to see how callers take it (Envoy's fault filter). The delay is drawn first, then the abort, each on
 * its own; both happen before the deadline starts and are never retried.
 */
export interface FaultOptions {
  /** Holds calls back. */
  delay?: FaultDelay | undefined
  /** Answers with `status` and the body `fault filter abort` instead of calling. */
  abort?: FaultAbort | undefined
}

/** Schema of `fault`. Percentages go from 0 to 100, in steps of 0.0001. */
export const faultOptions: Schema<FaultOptions> = rule(
  object<FaultOptions>({
    delay: object<FaultDelay>({ duration: duration(1), percentage: number(0, 100) }, ['duration', 'percentage']),
    abort: object<FaultAbort>({ status: integer(200, 599), percentage: number(0, 100) }, ['status', 'percentage']),
  }),
  (value, report) => {
    if (value.delay === undefined && value.abort === undefined) report([], 'needs a delay or an abort')
  },
)
