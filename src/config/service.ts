import { type LoadBalancerOptions, loadBalancerOptions } from '../cluster/balancer/index.js'
import { type OutlierDetectionOptions, outlierDetectionOptions } from '../cluster/outlier-detection/index.js'
import { type SubsetOptions, subsetOptions } from '../cluster/subset.js'
import type { Duration } from '../core/duration.js'
import { type Origin, origin } from '../core/origin.js'
import { duration, either, flag, list, object, record, rule, type Schema, text } from '../core/schema/index.js'
import { type EndpointOptions, endpointList } from '../discovery/index.js'
import { type TlsOptions, tlsOptions } from '../identity/options.js'
import { type CircuitBreakerOptions, circuitBreakerOptions } from '../resilience/circuit-breaker/options.js'
import { type LimitsOptions, limitsOptions } from '../resilience/concurrency/index.js'
import { type RetryOptions, retryOptions } from '../resilience/retry/options.js'
import { checkRoute, type RouteOptions, routeFields } from '../routing/index.js'

/** A route of a service, with the policies that replace the service's for the calls that match it. */
export interface ServiceRoute<Subset extends string = string> extends RouteOptions<Subset> {
  /** Whole call, all attempts and the body included. Default: the service's. */
  timeout?: Duration | undefined
  /** Default: the service's; `false` for none. */
  retry?: RetryOptions | false | undefined
}

/**
 * Everything about calls to one service. What is not configured is off: no retry, breaker, outlier detection, timeout
 * or limits.
 */
export interface ServiceConfig<Subsets = SubsetOptions> {
  /** Where it is. */
  endpoints?: readonly EndpointOptions[] | undefined
  /** Further host names that mean this service; the service's own name always does. */
  hosts?: readonly string[] | undefined
  /** Parts of the endpoints by label, for routes. */
  subsets?: (Subsets & SubsetOptions) | undefined
  /** Default `disable` for `http:` endpoints, `simple` for `https:`. */
  tls?: TlsOptions | undefined
  /** Default `least-request`. */
  loadBalancer?: LoadBalancerOptions | undefined
  /** Whole call, all attempts and the body included. Default none; 0 for none. */
  timeout?: Duration | undefined
  /** Longest silence on a connection in use: for streams, beside `timeout: 0`. Default none. */
  idleTimeout?: Duration | undefined
  /** Longest wait for a connection. Default `'10s'` (Istio `connectTimeout`). */
  connectTimeout?: Duration | undefined
  /** Default: no retries. */
  retry?: RetryOptions | undefined
  /** One breaker a destination. Default: none. */
  circuitBreaker?: CircuitBreakerOptions | undefined
  /** Default: no endpoint is ever ejected. */
  outlierDetection?: OutlierDetectionOptions | undefined
  /** Default: no limits. */
  limits?: LimitsOptions | undefined
  /** In order, the first that matches decides. Default: one that sends everything to all endpoints. */
  routes?: readonly ServiceRoute<NoInfer<Extract<keyof Subsets, string>>>[] | undefined
  /** Set by manifests: where the parts of this service were written. */
  origins?: Readonly<Record<string, Origin>> | undefined
  /** A service or subset that a route names and nothing defines is answered 503 `NC`, as Istio does, instead of being an error. Default false. */
  allowUnknownDestinations?: boolean | undefined
}

const noRetry: Schema<false> = rule(flag, (value, report) => {
  if (value) report([], 'must be options or false')
}) as Schema<false>

const serviceRoute: Schema<ServiceRoute> = rule(
  object<ServiceRoute>({ ...routeFields, timeout: duration(), retry: retryOrFalse() }),
  checkRoute,
)

function retryOrFalse(): Schema<RetryOptions | false> {
  return either(retryOptions, noRetry)
}

/** Schema of `ServiceConfig`. */
export const serviceConfig: Schema<ServiceConfig> = object<ServiceConfig>({
  endpoints: endpointList,
  hosts: list(text),
  subsets: subsetOptions,
  tls: tlsOptions,
  loadBalancer: loadBalancerOptions,
  timeout: duration(),
  idleTimeout: duration(),
  connectTimeout: duration(1),
  retry: retryOptions,
  circuitBreaker: circuitBreakerOptions,
  outlierDetection: outlierDetectionOptions,
  limits: limitsOptions,
  routes: list(serviceRoute),
  origins: record(origin),
  allowUnknownDestinations: flag,
})
