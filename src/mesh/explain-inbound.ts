import {
  type AuthorizationExplanation,
  type AuthorizationPolicy,
  explainAuthorization,
} from '../auth/authorization/index.js'
import type { MeshConfig } from '../config/config.js'
import type { GatewayRouteOptions } from '../config/gateway.js'
import { type ClientCall, clientCall } from '../core/call.js'
import { HeaderMap } from '../core/headers.js'
import type { Origin } from '../core/origin.js'
import { canonicalPath } from '../core/path.js'
import { hostOf, portOf, splitUrl } from '../core/url.js'
import { forwardedPath, GatewayTable, routeName } from '../gateway/index.js'
import type { MtlsMode } from '../identity/index.js'
import { isIdentityLimit } from '../rate-limit/options.js'
import type { ExplainRequest, OutboundExplanation } from './explain.js'

/** What would happen to a request that comes in. */
export interface InboundExplanation {
  /** Tells the two explanations apart. */
  readonly side: 'server'
  /** In the form that policies decide on. */
  readonly path: string
  /** Whether mutual TLS is demanded. */
  readonly mtls: MtlsMode
  /** What the caller has to show: `jwt`, `api-key`. */
  readonly authentication: readonly string[]
  /** The decision, and what each policy said. */
  readonly authorization: AuthorizationExplanation
  /** Limits in the order in which they count. */
  readonly rateLimits: readonly string[]
  /** The gateway's route and what it does; undefined when none takes the request. */
  readonly gateway:
    | {
        /** Name for logs and metrics. */
        readonly route: string
        /** The service behind it. */
        readonly service: string
        /** Names, as configured. */
        readonly plugins: readonly string[]
        /** Where it was written, if in a manifest. */
        readonly origin: Origin | undefined
        /** What the service does with the request. */
        readonly upstream: OutboundExplanation
      }
    | undefined
}

function limitsOf(config: MeshConfig): string[] {
  const limits = config.inbound?.rateLimits ?? []
  const named = (identity: boolean): string[] =>
    limits.filter((limit) => isIdentityLimit(limit) === identity).map((limit) => limit.name ?? 'default')
  return [...named(false), ...named(true)]
}

function forwardedCall(
  { method, url, headers }: ExplainRequest,
  { service, stripPath = false, preserveHost = false }: GatewayRouteOptions,
  path: Parameters<typeof forwardedPath>[1],
): ClientCall {
  const call = clientCall({ method, url, service, headers })
  call.path = forwardedPath({ stripPath }, path).path
  if (!preserveHost) call.authority = service
  return call
}

/** Says what the server ring and the gateway would do with a request. Counts nothing and asks nobody. */
export function explainInbound(
  config: MeshConfig,
  mtls: MtlsMode,
  request: ExplainRequest,
  explainCall: (call: ClientCall) => OutboundExplanation,
): InboundExplanation {
  const target = splitUrl(request.url)
  const method = request.method ?? 'GET'
  const headers = HeaderMap.from(request.headers)
  const path = canonicalPath(target.path)
  const { jwt: claims, peer } = request
  const requestPrincipal = claims?.iss === undefined ? undefined : `${String(claims.iss)}/${String(claims.sub ?? '')}`
  const subject = {
    method,
    path,
    headers,
    authority: target.authority.toLowerCase(),
    peer: peer === undefined ? undefined : { principal: peer.replace(/^spiffe:\/\//, '') },
    requestPrincipal,
    claims,
    remoteAddress: request.address ?? '127.0.0.1',
    clientAddress: request.address ?? '127.0.0.1',
    localPort: portOf(target.authority, target.scheme),
  }
  const policies: readonly AuthorizationPolicy[] = config.inbound?.authorization ?? []
  const table = new GatewayTable(
    (config.gateway?.routes ?? []).map((route) => ({ name: routeName(route), options: route, value: undefined })),
  )
  const found = table.match({ ...subject, scheme: target.scheme }, hostOf(target.authority), path.path)
  return {
    side: 'server',
    path: path.path,
    mtls,
    authentication: [
      ...((config.inbound?.jwt?.length ?? 0) > 0 ? ['jwt'] : []),
      ...(config.inbound?.apiKey === undefined ? [] : ['api-key']),
    ],
    authorization: explainAuthorization(policies, subject),
    rateLimits: limitsOf(config),
    gateway:
      found === undefined
        ? undefined
        : {
            route: found.route.name,
            service: found.route.options.service,
            plugins: (found.route.options.plugins ?? []).map((plugin) => plugin.name),
            origin: found.route.options.origin,
            upstream: explainCall(forwardedCall(request, found.route.options, { ...path, taken: found.taken })),
          },
  }
}
