import type { Duration } from '../../core/duration.js'
import { duration, object, type Schema } from '../../core/schema/index.js'

/** How long a call may take. Istio's `timeout` and `perTryTimeout`. */
export interface TimeoutOptions {
  /**
   * Time for the whole call: every attempt, every back-off, the reply body to its end. Default: none; 0: none.
   * A shorter deadline that the call already has - an inbound request's, for one - is kept.
   */
  total?: Duration | undefined
  /**
   * Time until an attempt's reply headers are there, connecting included. Default: none; 0: none. Not shorter than
   * `total`, it has no effect. Bounds one pass through the interceptor, so place it inside a retry.
   */
  perTry?: Duration | undefined
}

/** Schema of `TimeoutOptions`. */
export const timeoutOptions: Schema<TimeoutOptions> = object<TimeoutOptions>({
  total: duration(),
  perTry: duration(),
})
