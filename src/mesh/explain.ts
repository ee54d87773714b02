import type { CompiledService } from '../client/index.js'
import type { ClientCall } from '../core/call.js'
import type { Origin } from '../core/origin.js'
import { defaultConditions } from '../resilience/retry/conditions.js'
import { type ActionExplanation, type RouteVerdict, sidecarPath } from '../routing/index.js'
import {
  type DestinationContext,
  destinationRefusal,
  destinationsOf,
  type ExplainedDestination,
} from './explain-destination.js'
import { callPolicy, type ExplainedPolicy } from './explain-policy.js'
import { type ExplainedRefusal, refusal } from './explain-refusal.js'

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
        /** What is worth another try: Envoy's words, and statuses; the defaults where nothing was said. */
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
export interface ExplainContext extends DestinationContext {
  /** Hosts that no service names are let through. */
  readonly passes: boolean
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
    const name = call.callee
    return { ...nothing, refused: refusal('ERR_MESH_NO_ROUTE', `no service is called "${name}"`) }
  }
  const seen = call.fork()
  seen.service = service.name
  if (service.config.envoyHeaders === true) seen.path = sidecarPath(seen.path)
  const { route, shares, action, verdicts } = service.router.explain(seen)
  const known = { ...nothing, service: service.name, verdicts, origins: service.config.origins ?? {} }
  if (route === undefined)
    return { ...known, refused: refusal('ERR_MESH_NO_ROUTE', `no route of "${service.name}" matches the call`) }
  const destinations = destinationsOf(route, shares, context)
  const { retry, options } = route
  const answers = action !== undefined && (action.kind !== 'forward' || (action.cors && isPreflight(seen)))
  return {
    ...known,
    refused: answers ? undefined : destinationRefusal(route, shares, context),
    route: { name: route.name, origin: options.origin },
    action,
    destinations,
    timeoutMs: route.timeoutMs,
    retry:
      retry === undefined || retry.attempts === 0
        ? undefined
        : { attempts: retry.attempts ?? 2, on: retry.on ?? defaultConditions },
    policy: callPolicy(options, service.config),
  }
}
