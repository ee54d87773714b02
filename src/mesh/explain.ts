import type { CompiledService, ServiceRing } from '../client/index.js'
import type { ClientCall } from '../core/call.js'
import type { Origin } from '../core/origin.js'
import type { RouteVerdict } from '../routing/index.js'

/** A call to explain. */
export interface ExplainRequest {
  /** `client` (default): a call that this process would make. `server`: one that it would receive. */
  side?: 'client' | 'server' | undefined
  /** Default `GET`. */
  method?: string | undefined
  /** Absolute. */
  url: string
  /** As the call has them; names in any case. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Server side: SPIFFE ID of the caller's certificate. Default: none. */
  peer?: string | undefined
  /** Server side: claims of the caller's token, taken as verified. Default: none. */
  jwt?: Readonly<Record<string, unknown>> | undefined
  /** Server side: the caller's address. Default `127.0.0.1`. */
  address?: string | undefined
}

/** A destination that a call could reach, with its share. */
export interface ExplainedDestination {
  /** `service` or `service|subset`. */
  readonly name: string
  /** 0-1. */
  readonly share: number
  /** False for one that nothing defines: 503 `NC`. */
  readonly exists: boolean
  /** Those that the balancer chooses from. */
  readonly endpoints: readonly {
    /** `host:port`. */
    readonly address: string
    /** Taken out of the balancing by outlier detection. */
    readonly ejected: boolean
    /** Calls that are under way to it. */
    readonly active: number
  }[]
}

/** What would happen to an outbound call. */
export interface OutboundExplanation {
  /** Tells the two explanations apart. */
  readonly side: 'client'
  /** Undefined: no service names the host; the call passes through, or is refused under `registry-only`. */
  readonly service: string | undefined
  /** Undefined when no route matches: 404 `NR`. */
  readonly route:
    | {
        /** Name for logs and metrics. */
        readonly name: string
        /** Where it was written, if in a manifest. */
        readonly origin: Origin | undefined
      }
    | undefined
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
  /** Each route that was looked at, and why it was not the one. */
  readonly verdicts: readonly RouteVerdict[]
  /** Where parts of the service were written, by field. */
  readonly origins: Readonly<Record<string, Origin>>
}

function destinationsOf(ring: ServiceRing, shares: ReadonlyMap<string, number>): ExplainedDestination[] {
  return [...shares].map(([name, share]) => {
    const leg = ring.legs.find((one) => one.name === name)
    const endpoints = leg?.view.endpoints.map(({ id, ejected, active }) => ({ address: id, ejected, active })) ?? []
    return { name, share, exists: leg !== undefined, endpoints }
  })
}

/** Says what the client rings would do with a call, and sends nothing. */
export function explainOutbound(service: CompiledService | undefined, call: ClientCall): OutboundExplanation {
  if (service === undefined)
    return {
      side: 'client',
      service: undefined,
      route: undefined,
      destinations: [],
      timeoutMs: undefined,
      retry: undefined,
      verdicts: [],
      origins: {},
    }
  const { route, shares, verdicts } = service.router.explain(call)
  const byName = new Map(shares.map(({ value, share }) => [value.name, share]))
  const { retry } = route ?? {}
  return {
    side: 'client',
    service: service.name,
    route: route === undefined ? undefined : { name: route.name, origin: route.options.origin },
    destinations: route === undefined ? [] : destinationsOf(route, byName),
    timeoutMs: route?.timeoutMs,
    retry: retry === undefined ? undefined : { attempts: retry.attempts ?? 2, on: retry.on ?? [] },
    verdicts,
    origins: service.config.origins ?? {},
  }
}
