import type { CompiledService, ServiceRing } from '../client/index.js'
import type { ServiceConfigs } from '../config/references.js'
import type { ClientCall } from '../core/call.js'
import type { MeshErrorCode } from '../core/error-codes.js'
import { MeshError } from '../core/errors.js'
import type { Origin } from '../core/origin.js'
import { type ActionExplanation, type RouteVerdict, sidecarPath } from '../routing/index.js'
import { callPolicy, clusterPolicy, type ExplainedPolicy } from './explain-policy.js'

/** A call to explain. */
export interface ExplainRequest {
  /** `client` (default): a call that this process would make. `server`: one that it would receive. */
  side?: 'client' | 'server' | undefined
  /** Default `GET`. */
  method?: string | undefined
  /** Absolute. */
  url: string
  /** As the call has them, a value or an array of values; names in any case. */
  headers?: Readonly<Record<string, string | readonly string[]>> | undefined
  /** Server side: SPIFFE ID of the caller's certificate. Default: none. */
  peer?: string | undefined
  /** Server side: claims of the caller's token, taken as verified. Default: none. */
  jwt?: Readonly<Record<string, unknown>> | undefined
  /** Server side: the caller's address. Default `127.0.0.1`. */
  address?: string | undefined
}

/** An endpoint as it is at the moment. */
export interface ExplainedEndpoint {
  /** `host:port`. */
  readonly address: string
  /** Whether calls go to it now: it is healthy, or so few are that it does not count. */
  readonly takesCalls: boolean
  /** False while it fails its active health check. */
  readonly healthy: boolean
  /** Taken out of the balancing by outlier detection. */
  readonly ejected: boolean
  /** Calls that are under way to it. */
  readonly active: number
  /** Share of the calls, relative to the other endpoints. */
  readonly weight: number
  /** 0 is used first. */
  readonly priority: number
  /** `region/zone/subzone`; undefined when unknown. */
  readonly locality: string | undefined
}

/** A destination that a call could reach, with its share. */
export interface ExplainedDestination {
  /** `service` or `service|subset`. */
  readonly name: string
  /** 0-1. */
  readonly share: number
  /** False for one that nothing defines: 503 `NC`. */
  readonly exists: boolean
  /** Answered with, instead of calling: what a manifest says of a backend that is not there. Undefined: it is called. */
  readonly status: number | undefined
  /** Those that the balancer chooses from. */
  readonly endpoints: readonly ExplainedEndpoint[]
  /** Of the cluster, after the subset's own fields have replaced the service's. */
  readonly policy: ExplainedPolicy
}

/** Why a call gets no further than the mesh. */
export interface ExplainedRefusal {
  /** Of the error. */
  readonly code: MeshErrorCode
  /** HTTP status, at a server edge. */
  readonly status: number
  /** Envoy response flag. */
  readonly flag: string
  /** A sentence. */
  readonly reason: string
}

/** What would happen to an outbound call. */
export interface OutboundExplanation {
  /** Tells the two explanations apart. */
  readonly side: 'client'
  /** Undefined: no service names the host; the call passes through, or is refused under `registry-only`. */
  readonly service: string | undefined
  /** The call goes to the host that it names, untouched: no service is called so. */
  readonly passthrough: boolean
  /** Why every call like this fails here; undefined for one that is sent, passed through or answered by its route. */
  readonly refused: ExplainedRefusal | undefined
  /** Undefined when no route matches: 404 `NR`. */
  readonly route:
    | {
        /** Name for logs and metrics. */
        readonly name: string
        /** Where it was written, if in a manifest. */
        readonly origin: Origin | undefined
      }
    | undefined
  /** What the route does: forwards, with which changes to path, host and headers, or answers. Undefined without one. */
  readonly action: ActionExplanation | undefined
  /** Where the route leads; empty without one. */
  readonly destinations: readonly ExplainedDestination[]
  /** Whole call, ms; undefined for none. */
  readonly timeoutMs: number | undefined
  /** Undefined: failed attempts are not made again. */
  readonly retry:
    | {
        /** Retries after the first attempt. */
        readonly attempts: number
        /** What is worth another try: Envoy's words, and statuses. */
        readonly on: readonly (string | number)[]
      }
    | undefined
  /** What holds for the call as a whole: `timeout`, `retry`, `hash`. */
  readonly policy: ExplainedPolicy
  /** Each route that was looked at, and why it was not the one. */
  readonly verdicts: readonly RouteVerdict[]
  /** Where parts of the service were written, by field. */
  readonly origins: Readonly<Record<string, Origin>>
}

/** What a mesh knows beside the service that a call is for. */
export interface ExplainContext {
  /** Of the snapshot. */
  readonly services: ServiceConfigs
  /** Hosts that no service names are let through. */
  readonly passes: boolean
  /** Endpoints that are not known are not there; false while nobody has looked for any. */
  readonly complete: boolean
}

const nothing = {
  side: 'client',
  service: undefined,
  passthrough: false,
  refused: undefined,
  route: undefined,
  action: undefined,
  destinations: [],
  timeoutMs: undefined,
  retry: undefined,
  policy: {},
  verdicts: [],
  origins: {},
} as const satisfies OutboundExplanation

function refusal(code: MeshErrorCode, reason: string): ExplainedRefusal {
  const { status, flag } = new MeshError(code, reason)
  return { code, status, flag, reason }
}

function endpointsOf(leg: ServiceRing['legs'][number]): ExplainedEndpoint[] {
  const taking = new Set(leg.view.candidates)
  return leg.view.endpoints.map((endpoint) => {
    const { id, unhealthy, ejected, active, weight, priority, locality } = endpoint
    return {
      address: id,
      takesCalls: taking.has(endpoint),
      healthy: !unhealthy,
      ejected,
      active,
      weight,
      priority,
      locality,
    }
  })
}

type Shares = ReturnType<CompiledService['router']['explain']>['shares']

function destinationsOf(ring: ServiceRing, shares: Shares, services: ServiceConfigs): ExplainedDestination[] {
  return shares.map(({ value: { name, status }, share }) => {
    const leg = ring.legs.find((one) => one.name === name)
    const config = leg === undefined ? undefined : services[leg.service]
    return {
      name,
      share,
      exists: leg !== undefined,
      status,
      endpoints: leg === undefined ? [] : endpointsOf(leg),
      policy: config === undefined ? {} : clusterPolicy(config, leg?.subset),
    }
  })
}

/** Why no destination could take the call; undefined if one could. A call for an original destination has no list. */
function destinationRefusal(
  destinations: readonly ExplainedDestination[],
  { services, complete }: ExplainContext,
): ExplainedRefusal | undefined {
  const reasons = destinations
    .filter(({ share }) => share > 0)
    .map(({ name, exists, status, endpoints }) => {
      if (status !== undefined) return undefined
      if (!exists) return refusal('ERR_MESH_NO_CLUSTER', `the route leads to "${name}", which does not exist`)
      const isFound = services[name.split('|')[0] ?? '']?.discovery !== undefined
      if (isFound || !complete || endpoints.some((one) => one.takesCalls)) return undefined
      return refusal('ERR_MESH_NO_HEALTHY_ENDPOINT', `"${name}" has no endpoint that takes calls`)
    })
  return reasons.includes(undefined) ? undefined : reasons[0]
}

/** Whether a policy for other origins may answer by itself. */
function isPreflight({ method, headers }: ClientCall): boolean {
  return method === 'OPTIONS' && headers.has('origin') && headers.has('access-control-request-method')
}

/** Says what the client rings would do with a call, and sends nothing. */
export function explainOutbound(
  service: CompiledService | undefined,
  call: ClientCall,
  context: ExplainContext,
): OutboundExplanation {
  if (service === undefined) {
    if (call.service === '' && context.passes) return { ...nothing, passthrough: true }
    const name = call.service === '' ? call.authority : call.service
    return { ...nothing, refused: refusal('ERR_MESH_NO_ROUTE', `no service is called "${name}"`) }
  }
  const seen = call.fork()
  seen.service = service.name
  if (service.config.envoyHeaders === true) seen.path = sidecarPath(seen.path)
  const { route, shares, action, verdicts } = service.router.explain(seen)
  const known = { ...nothing, service: service.name, verdicts, origins: service.config.origins ?? {} }
  if (route === undefined)
    return { ...known, refused: refusal('ERR_MESH_NO_ROUTE', `no route of "${service.name}" matches the call`) }
  const destinations = destinationsOf(route, shares, context.services)
  const { retry, options } = route
  const answers = action !== undefined && (action.kind !== 'forward' || (action.cors && isPreflight(seen)))
  return {
    ...known,
    refused: answers ? undefined : destinationRefusal(destinations, context),
    route: { name: route.name, origin: options.origin },
    action,
    destinations,
    timeoutMs: route.timeoutMs,
    retry: retry === undefined ? undefined : { attempts: retry.attempts ?? 2, on: retry.on ?? [] },
    policy: callPolicy(options, service.config),
  }
}
