import type { Duration } from '../../core/duration.js'
import {
  duration,
  flag,
  headerName,
  list,
  method,
  object,
  oneOf,
  type Schema,
  stringMatch,
} from '../../core/schema/index.js'
import type { StringMatch } from '../../core/string-match.js'

/**
 * CORS as Envoy's filter does it on a route, Istio's `corsPolicy`: preflights of known origins are answered 200, other
 * requests are served in any case and only lack the headers. For a gateway of your own take the `cors` plugin.
 */
export interface RouteCorsOptions {
  /** Origins that may read answers; a test that takes `*` takes every origin. Default: none. */
  allowOrigins?: readonly StringMatch[] | undefined
  /** Exactly `*` echoes the method that is asked for. */
  allowMethods?: readonly string[] | undefined
  /** Exactly `*` echoes the headers that are asked for. */
  allowHeaders?: readonly string[] | undefined
  /** Reply headers that pages may read. */
  exposeHeaders?: readonly string[] | undefined
  /** Whole seconds. */
  maxAge?: Duration | undefined
  /** Whether pages may send cookies along. Default false. */
  allowCredentials?: boolean | undefined
  /**
   * A preflight of an unknown origin: `forward` (default) to the service, `ignore`: 200 without an allowed origin, or
   * `refuse`: 200 without any grant (Gateway API).
   */
  unmatchedPreflights?: 'forward' | 'ignore' | 'refuse' | undefined
}

/** Schema of a route's `cors`. */
export const routeCorsOptions: Schema<RouteCorsOptions> = object<RouteCorsOptions>({
  allowOrigins: list(stringMatch),
  allowMethods: list(method),
  allowHeaders: list(headerName),
  exposeHeaders: list(headerName),
  maxAge: duration(),
  allowCredentials: flag,
  unmatchedPreflights: oneOf('forward', 'ignore', 'refuse'),
})
