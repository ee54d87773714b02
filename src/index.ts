export {
  type ApiKeyCredential,
  type ApiKeyDeps,
  type ApiKeyOptions,
  type AuthorizationCondition,
  type AuthorizationDecision,
  type AuthorizationDeps,
  type AuthorizationExplanation,
  type AuthorizationOperation,
  type AuthorizationPolicy,
  type AuthorizationRule,
  type AuthorizationSource,
  apiKey,
  authorize,
  type ConsumerOptions,
  type ConsumerStore,
  consumerStore,
  type HttpGet,
  type HttpGetLimits,
  type HttpText,
  type JwksRefresh,
  type JwtAlgorithm,
  type JwtCredential,
  type JwtCredentialMatch,
  type JwtDeps,
  type JwtKey,
  type JwtOptions,
  type JwtSources,
  jwt,
  type PolicyExplanation,
  type PublicJwk,
} from './auth/index.js'
export type {
  LoadBalancerOptions,
  LoadBalancerSettings,
  LoadBalancerType,
  SlowStartOptions,
} from './cluster/balancer/options.js'
export type {
  CookieHash,
  HashPolicy,
  HashPolicyOptions,
  HashRewrite,
  HeaderHash,
  QueryHash,
  SourceIpHash,
} from './cluster/hash-policy/options.js'
export type { HealthCheckOptions, StatusRange } from './cluster/health-check/options.js'
export type { OutlierDetectionOptions, SubsetOptions } from './cluster/index.js'
export type { LocalityDistribution, LocalityFailover, LocalityOptions } from './cluster/locality-options.js'
export type { FailurePercentageOptions, SuccessRateOptions } from './cluster/outlier-detection/options.js'
export type { AnySubsets, MeshConfig, ServiceSubsets } from './config/config.js'
export type { ConnectionOptions } from './config/connection.js'
export type { GatewayOptions, GatewayPath, GatewayRouteOptions } from './config/gateway.js'
export type { InboundOptions } from './config/inbound.js'
export type { PluginConfigs, PluginName, PluginOptions } from './config/plugins.js'
export type { RoutingMode, ServiceConfig, ServiceRoute, SubsetPolicy } from './config/service.js'
export type { ConfigInput, ConfigSource } from './config/source.js'
export type { BodyInit, BodyStream, RequestBody } from './core/body.js'
export { ClientCall, type ClientCallInit, clientCall, type Destination } from './core/call.js'
export type { Cancellable, Cancellation } from './core/cancellation.js'
export type { Classification, Classifier } from './core/classifier.js'
export type { Clock, Timer } from './core/clock.js'
export { ConfigError, type Problem } from './core/config-error.js'
export type { Duration } from './core/duration.js'
export type { EndpointRef, RouteRef } from './core/endpoint.js'
export type { ErrorOrigin, MeshErrorCode } from './core/error-codes.js'
export { isMeshError, MeshError, type MeshErrorDetails } from './core/errors.js'
export type { MeshEvents, SuppressedReason } from './core/events.js'
export type { Hash64 } from './core/hash/hash64.js'
export { type HeaderInit, HeaderMap } from './core/headers.js'
export type { InboundCaller } from './core/hop.js'
export { compose, type Handler, type Interceptor } from './core/interceptor.js'
export type { Lease, Releasable } from './core/lease.js'
export type { Logger } from './core/logger.js'
export { type Listener, Observer } from './core/observer.js'
export type { Origin } from './core/origin.js'
export type { CanonicalPath } from './core/path.js'
export type { PeerIdentity } from './core/peer.js'
export type { Phase } from './core/phase.js'
export type { Random } from './core/random.js'
export { directReply, Reply } from './core/reply.js'
export type { BodySource, ReplyBody } from './core/reply-body.js'
export {
  type Claims,
  type ConsumerRef,
  ServerCall,
  type ServerCallInit,
  type ServerExchange,
} from './core/server-call.js'
export type { ClientStage, ServerStage, StageEdit } from './core/stages.js'
export type { StringMatch } from './core/string-match.js'
export type { TlsClient, TlsContext } from './core/tls.js'
export type { Scheme } from './core/url.js'
export { type CallKey, callKey, type Values } from './core/values.js'
export {
  type Discovery,
  type DnsDiscovery,
  type DnsOptions,
  dns,
  type EndpointOptions,
  type Labels,
  type OnDiscoveryFailure,
  type OnEndpoints,
  type OriginalDestination,
  type Resolver,
} from './discovery/index.js'
export { type CorsOptions, type CorsOrigin, cors } from './edge/cors/index.js'
export {
  type Credentials,
  type DevelopmentIdentityOptions,
  developmentIdentity,
  type FileIdentityOptions,
  fileIdentity,
  type IdentitySource,
  type MtlsMode,
  type Roots,
  type StaticIdentityOptions,
  staticIdentity,
  type TlsOptions,
  type TlsSettings,
} from './identity/index.js'
export type { MeshBreaker } from './mesh/breakers.js'
export { createMesh } from './mesh/create-mesh.js'
export type { MeshDescription, ServiceDescription } from './mesh/describe.js'
export type { ExplainRequest, OutboundExplanation } from './mesh/explain.js'
export type { ExplainedDestination, ExplainedEndpoint } from './mesh/explain-destination.js'
export type { InboundExplanation } from './mesh/explain-inbound.js'
export type { ExplainedField, ExplainedPolicy } from './mesh/explain-policy.js'
export type { ExplainedRefusal } from './mesh/explain-refusal.js'
export type { FastifyApp, Mesh } from './mesh/mesh.js'
export type { MeshOptions, Workload } from './mesh/options.js'
export type { RequestInit as MeshRequestInit } from './mesh/request.js'
export {
  type RateLimitBy,
  type RateLimitDeps,
  type RateLimitOptions,
  type RateLimitPeriod,
  type RedisClient,
  rateLimit,
} from './rate-limit/index.js'
export {
  type BreakerDeps,
  type BreakerState,
  type CircuitBreakerOptions,
  circuitBreaker,
} from './resilience/circuit-breaker/index.js'
export {
  type CoalesceDeps,
  type CoalesceOptions,
  type CoalesceSettings,
  coalesce,
} from './resilience/coalesce/index.js'
export {
  type AdaptiveLimitOptions,
  type AdmissionOptions,
  concurrencyLimit,
  type InboundConcurrencyOptions,
  type LimiterDeps,
  type LimitsOptions,
  type RequestQueueOptions,
} from './resilience/concurrency/index.js'
export {
  type FallbackDeps,
  type FallbackFailure,
  type FallbackFunction,
  type FallbackOptions,
  type FallbackReply,
  fallback,
} from './resilience/fallback/index.js'
export { type HedgeDeps, type HedgeOptions, type HedgePercentile, hedge } from './resilience/hedge/index.js'
export type { PolicyMode } from './resilience/mode.js'
export {
  type BackoffOptions,
  type ConcurrentBudgetOptions,
  type RateLimitedBackoffOptions,
  type ResetHeader,
  RetryBudget,
  type RetryBudgetOptions,
  type RetryCondition,
  type RetryDeps,
  type RetryOptions,
  type RetryOverride,
  type RetryPermits,
  type RetryToken,
  retry,
} from './resilience/retry/index.js'
export { type TimeoutOptions, timeout } from './resilience/timeout/index.js'
export type {
  DirectResponseOptions,
  HeaderOperations,
  MirrorOptions,
  RedirectOptions,
  RegexRewrite,
  RewriteOptions,
  RouteHeaders,
} from './routing/action/options.js'
export type { RouteCorsOptions } from './routing/cors/options.js'
export type { FaultAbort, FaultDelay, FaultOptions } from './routing/fault/options.js'
export {
  type ActionExplanation,
  type PathMatch,
  type PathPrefixMatch,
  type RouteDestination,
  type RouteMatch,
  type RouteOptions,
  type RouteTarget,
  type RouteVerdict,
  type SplitTarget,
  weightedSplit,
} from './routing/index.js'
export type { HasServerChains } from './server/chain.js'
export type { CloseOptions, ServerCloseOptions } from './server/close-options.js'
export type { MeshContext } from './server/context.js'
export type { ListenOptions, MeshServer, NodeHandler, ServerOptions } from './server/mesh-server.js'
export type { Health } from './server/readiness.js'
export type { MetricsRegistry } from './telemetry/metrics/registry.js'
export { type TransportOptions, type UndiciTransport, undiciTransport } from './transport/index.js'
export type { ConnectionPoolOptions } from './transport/options.js'
