import { type LoadBalancerOptions, loadBalancerOptions } from '../cluster/balancer/index.js'
import { type HashPolicy, hashPolicy } from '../cluster/hash-policy/options.js'
import { type HealthCheckOptions, healthCheckOptions } from '../cluster/health-check/options.js'
import { type OutlierDetectionOptions, outlierDetectionOptions } from '../cluster/outlier-detection/index.js'
import { type SubsetOptions, subsetOptions } from '../cluster/subset.js'
import type { Duration } from '../core/duration.js'
import { type Origin, origin } from '../core/origin.js'
import { duration, either, flag, list, object, record, rule, type Schema, text } from '../core/schema/index.js'
import { type Discovery, discoveryOptions, type EndpointOptions, endpointList } from '../discovery/index.js'
import { type TlsOptions, tlsOptions } from '../identity/options.js'
import { type CircuitBreakerOptions, circuitBreakerOptions } from '../resilience/circuit-breaker/options.js'
import { type CoalesceOptions, coalesceOptions } from '../resilience/coalesce/index.js'
import {
  type AdmissionOptions,
  admissionOptions,
  type LimitsOptions,
  limitsOptions,
} from '../resilience/concurrency/index.js'
import { type FallbackOptions, fallbackOptions } from '../resilience/fallback/index.js'
import { type HedgeOptions, hedgeOptions } from '../resilience/hedge/index.js'
import { type PolicyMode, policyMode } from '../resilience/mode.js'
import { type RetryOptions, retryOptions } from '../resilience/retry/options.js'
import { checkRoute, type RouteOptions, routeFields } from '../routing/index.js'
import { type ConnectionPoolOptions, connectionPoolOptions } from '../transport/options.js'

/** A route of a service, with the policies that replace the service's for the calls that match it. */
export interface ServiceRoute<Subset extends string = string> extends RouteOptions<Subset> {
  /** Whole call, all attempts and the body included. Default: the service's. */
  timeout?: Duration | undefined
  /** Default: the service's; `false` for none. */
  retry?: RetryOptions | false | undefined
  /** Default: the service's; `false` for none. */
  hedge?: HedgeOptions | false | undefined
  /** Default: the service's; `false` for none. */
  coalesce?: CoalesceOptions | false | undefined
  /** Default: the service's; `false` for none. */
  fallback?: FallbackOptions | false | undefined
  /** What ring-hash and maglev choose by. Default: the service's `loadBalancer.hash`. */
  hash?: readonly HashPolicy[] | undefined
}

/** How the routes of a service are taken. */
export interface RoutingMode {
  /** `observe` counts and reports where the routes would send each call, and sends it to all endpoints. Default `enforce`. */
  mode?: PolicyMode | undefined
}

/** Policies of a subset, in place of the service's: each field replaces the whole field. */
export interface SubsetPolicy {
  /** TLS towards its endpoints. */
  tls?: TlsOptions | undefined
  /** How one of its endpoints is picked. */
  loadBalancer?: LoadBalancerOptions | undefined
  /** Longest wait for a connection. */
  connectTimeout?: Duration | undefined
  /** How long its connections live. */
  connections?: ConnectionPoolOptions | undefined
  /** Its breaker. */
  circuitBreaker?: CircuitBreakerOptions | undefined
  /** When its endpoints are ejected. */
  outlierDetection?: OutlierDetectionOptions | undefined
  /** How much it may have in flight. */
  limits?: LimitsOptions | undefined
  /** What share of its calls is refused while it fails. */
  admission?: AdmissionOptions | undefined
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
  /**
   * Policies of single subsets. A subset that is named here, even with an empty object, has connections, ejections and
   * permits of its own, as a cluster of Envoy has; the others share the service's.
   */
  subsetPolicies?: { readonly [Name in NoInfer<Extract<keyof Subsets, string>>]?: SubsetPolicy | undefined } | undefined
  /** Where else its endpoints are found; what is found takes the place of `endpoints`. */
  discovery?: Discovery | undefined
  /** Asks endpoints whether they are well. Default: they are. */
  healthCheck?: HealthCheckOptions | undefined
  /** How long connections live. */
  connections?: ConnectionPoolOptions | undefined
  /**
   * Treats calls as a sidecar of Istio's does: paths are normalised before routes see them (escapes of unreserved
   * characters, dots), `x-envoy-attempt-count`, `-expected-rq-timeout-ms`, `-original-path` and `-original-host` go out, and
   * what would steer a proxy (`x-envoy-max-retries`, `x-envoy-upstream-rq-timeout-ms`, ...) is taken off. Default false.
   */
  envoyHeaders?: boolean | undefined
  /**
   * Tells the callee how long the call may still take (`x-mesh-timeout-ms`, `x-envoy-expected-rq-timeout-ms`, for gRPC
   * `grpc-timeout`) and that an attempt is a retry (`x-mesh-retry`), so that only one tier retries. Default true; with
   * `envoyHeaders` those of Envoy go instead.
   */
  hopHeaders?: boolean | undefined
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
  /** A second attempt beside one that is slow to answer. Default: none. */
  hedge?: HedgeOptions | undefined
  /** Makes one exchange of identical GETs at the same time. Default: each is made. */
  coalesce?: CoalesceOptions | undefined
  /** What to answer in place of a failure, once all else is spent. Default: nothing. */
  fallback?: FallbackOptions | undefined
  /** One breaker a destination. Default: none. */
  circuitBreaker?: CircuitBreakerOptions | undefined
  /** Default: no endpoint is ever ejected. */
  outlierDetection?: OutlierDetectionOptions | undefined
  /** Default: no limits. */
  limits?: LimitsOptions | undefined
  /** Refuses a share of the calls while many fail. Default: none. */
  admission?: AdmissionOptions | undefined
  /** In order, the first that matches decides. Default: one that sends everything to all endpoints. */
  routes?: readonly ServiceRoute<NoInfer<Extract<keyof Subsets, string>>>[] | undefined
  /** Default: routes are followed. */
  routing?: RoutingMode | undefined
  /** Set by manifests: where the parts of this service were written. */
  origins?: Readonly<Record<string, Origin>> | undefined
  /** A service or subset that a route names and nothing defines is answered 503 `NC`, as Istio does, instead of being an error. Default false. */
  allowUnknownDestinations?: boolean | undefined
}

const none: Schema<false> = rule(flag, (value, report) => {
  if (value) report([], 'must be options or false')
}) as Schema<false>

const serviceRoute: Schema<ServiceRoute> = rule(
  object<ServiceRoute>({
    ...routeFields,
    timeout: duration(),
    retry: either(retryOptions, none),
    hedge: either(hedgeOptions, none),
    coalesce: either(coalesceOptions, none),
    fallback: either(fallbackOptions, none),
    hash: list(hashPolicy, { min: 1 }),
  }),
  checkRoute,
)

const subsetPolicy: Schema<SubsetPolicy> = object<SubsetPolicy>({
  tls: tlsOptions,
  loadBalancer: loadBalancerOptions,
  connectTimeout: duration(1),
  connections: connectionPoolOptions,
  circuitBreaker: circuitBreakerOptions,
  outlierDetection: outlierDetectionOptions,
  limits: limitsOptions,
  admission: admissionOptions,
})

/** Schema of `ServiceConfig`. */
export const serviceConfig: Schema<ServiceConfig> = object<ServiceConfig>({
  endpoints: endpointList,
  hosts: list(text),
  subsets: subsetOptions,
  subsetPolicies: record(subsetPolicy),
  discovery: discoveryOptions,
  healthCheck: healthCheckOptions,
  connections: connectionPoolOptions,
  envoyHeaders: flag,
  hopHeaders: flag,
  tls: tlsOptions,
  loadBalancer: loadBalancerOptions,
  timeout: duration(),
  idleTimeout: duration(),
  connectTimeout: duration(1),
  retry: retryOptions,
  hedge: hedgeOptions,
  coalesce: coalesceOptions,
  fallback: fallbackOptions,
  circuitBreaker: circuitBreakerOptions,
  outlierDetection: outlierDetectionOptions,
  limits: limitsOptions,
  admission: admissionOptions,
  routes: list(serviceRoute),
  routing: object<RoutingMode>({ mode: policyMode }),
  origins: record(origin),
  allowUnknownDestinations: flag,
})
