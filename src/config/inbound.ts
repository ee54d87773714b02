import { type ApiKeyOptions, apiKeyOptions } from '../auth/api-key/options.js'
import { type AuthorizationPolicy, authorizationPolicy } from '../auth/authorization/options.js'
import { type JwtOptions, jwtOptions } from '../auth/jwt/options.js'
import { list, object, type Report, rule, type Schema } from '../core/schema/index.js'
import { type CorsOptions, corsOptions } from '../edge/cors/options.js'
import { type RateLimitOptions, rateLimitOptions } from '../rate-limit/options.js'
import {
  type AdmissionOptions,
  admissionOptions,
  type InboundConcurrencyOptions,
  inboundConcurrencyOptions,
} from '../resilience/concurrency/index.js'
import { type ConnectionOptions, connectionShape } from './connection.js'

/** What this workload demands of its callers. What is absent is not demanded. */
export interface InboundOptions extends ConnectionOptions {
  /** Which pages of other origins may call; preflights are answered before authentication. */
  cors?: CorsOptions | undefined
  /** Issuers whose tokens count; a request needs a valid token of one of them. */
  jwt?: readonly JwtOptions[] | undefined
  /** Where the caller's API key is and which keys count. */
  apiKey?: ApiKeyOptions | undefined
  /** Deny policies first; then, if there are allow policies, one must match (Istio AuthorizationPolicy). */
  authorization?: readonly AuthorizationPolicy[] | undefined
  /** Limits by address or header run before authentication, limits by identity after authorization. */
  rateLimits?: readonly RateLimitOptions[] | undefined
  /** How many requests are worked on at once, and what becomes of the rest. Default: all are. */
  concurrency?: InboundConcurrencyOptions | undefined
  /** Refuses a share of the requests while many fail. Default: none. */
  admission?: AdmissionOptions | undefined
}

/** Consumers are the gateway's: what needs them cannot guard a workload. */
function checkInbound({ jwt, apiKey }: InboundOptions, report: Report): void {
  for (const [i, { dialect }] of (jwt ?? []).entries())
    if (dialect === 'kong') report(['jwt', i, 'dialect'], 'needs consumers, which only a gateway route has')
  if (apiKey === undefined) return
  if (apiKey.keys === undefined) report(['apiKey', 'keys'], 'is required: a workload has no consumers')
  if (apiKey.dialect === 'kong') report(['apiKey', 'dialect'], 'needs consumers, which only a gateway route has')
}

/** Schema of `InboundOptions`. */
export const inboundOptions: Schema<InboundOptions> = rule(
  object<InboundOptions>({
    ...connectionShape,
    cors: corsOptions,
    jwt: list(jwtOptions),
    apiKey: apiKeyOptions,
    authorization: list(authorizationPolicy),
    rateLimits: list(rateLimitOptions),
    concurrency: inboundConcurrencyOptions,
    admission: admissionOptions,
  }),
  checkInbound,
)
