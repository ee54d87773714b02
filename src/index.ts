export {
  type ApiKeyOptions,
  type AuthorizationPolicy,
  apiKey,
  authorize,
  type JwtOptions,
  jwt,
} from './auth/index.js'
export type { MeshConfig } from './config/config.js'
export type { GatewayOptions, GatewayRouteOptions } from './config/gateway.js'
export type { InboundOptions } from './config/inbound.js'
export type { PluginOptions } from './config/plugins.js'
export type { ServiceConfig, ServiceRoute } from './config/service.js'
export { ClientCall, type ClientCallInit, clientCall } from './core/call.js'
export { ConfigError, type Problem } from './core/config-error.js'
export type { Duration } from './core/duration.js'
export type { MeshErrorCode } from './core/error-codes.js'
export { isMeshError, MeshError } from './core/errors.js'
export { HeaderMap } from './core/headers.js'
export { compose, type Handler, type Interceptor } from './core/interceptor.js'
export type { Logger } from './core/logger.js'
export type { MeshEvents } from './core/observer.js'
export type { PeerIdentity } from './core/peer.js'
export { directReply, Reply } from './core/reply.js'
export { ServerCall } from './core/server-call.js'
export { type CallKey, callKey } from './core/values.js'
export { type CorsOptions, cors } from './edge/cors/index.js'
export {
  type Credentials,
  developmentIdentity,
  fileIdentity,
  type IdentitySource,
  staticIdentity,
} from './identity/index.js'
export { createMesh } from './mesh/create-mesh.js'
export type { Mesh } from './mesh/mesh.js'
export type { MeshOptions, Workload } from './mesh/options.js'
export { type RateLimitOptions, rateLimit } from './rate-limit/index.js'
export { type CircuitBreakerOptions, circuitBreaker } from './resilience/circuit-breaker/index.js'
export { concurrencyLimit, type LimitsOptions } from './resilience/concurrency/index.js'
export { type RetryOptions, retry } from './resilience/retry/index.js'
export { type TimeoutOptions, timeout } from './resilience/timeout/index.js'
export { type SplitTarget, weightedSplit } from './routing/index.js'
export type { MeshContext } from './server/context.js'
export type { MeshServer } from './server/mesh-server.js'
export { undiciTransport } from './transport/index.js'
