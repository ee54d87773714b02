import type { CompiledRoute, CompiledService } from '../client/index.js'
import type { ServiceConfigs } from '../config/references.js'
import { isOriginal } from '../discovery/index.js'
import type { BreakerState } from '../resilience/circuit-breaker/index.js'
import { clusterPolicy, type ExplainedPolicy } from './explain-policy.js'
import { type ExplainedRefusal, refusal } from './explain-refusal.js'

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
  /** Its own breaker lets no call through (`circuitBreaker.per`). */
  readonly refusing: boolean
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
  /** State of its breaker; undefined for none, and where each endpoint has one of its own. */
  readonly breaker: BreakerState | undefined
  /** Those that the balancer chooses from. */
  readonly endpoints: readonly ExplainedEndpoint[]
  /** Of the cluster, after the subset's own fields have replaced the service's. */
  readonly policy: ExplainedPolicy
}

/** What is known of destinations beside their own state. */
export interface DestinationContext {
  /** Of the snapshot. */
  readonly services: ServiceConfigs
  /** Endpoints that are not known are not there; false while nobody has looked for any. */
  readonly complete: boolean
}

type RouteDestination = CompiledRoute['destinations'][number]
type Shares = ReturnType<CompiledService['router']['explain']>['shares']

function endpointsOf({ view }: RouteDestination): ExplainedEndpoint[] {
  const taking = new Set(view.candidates)
  return view.endpoints.map((endpoint) => {
    const { id, unhealthy, ejected, refusing, active, weight, priority, locality } = endpoint
    return {
      address: id,
      takesCalls: taking.has(endpoint) && !refusing,
      healthy: !unhealthy,
      ejected,
      refusing,
      active,
      weight,
      priority,
      locality,
    }
  })
}

function destinationOf(route: CompiledRoute, name: string): RouteDestination | undefined {
  return route.destinations.find((one) => one.name === name)
}

/** Where a route leads. */
export function destinationsOf(
  route: CompiledRoute,
  shares: Shares,
  { services }: DestinationContext,
): ExplainedDestination[] {
  return shares.map(({ value: { name, status }, share }) => {
    const destination = destinationOf(route, name)
    const config = destination === undefined ? undefined : services[destination.service]
    return {
      name,
      share,
      exists: destination !== undefined,
      status,
      breaker: destination?.breaker?.state,
      endpoints: destination === undefined ? [] : endpointsOf(destination),
      policy: config === undefined ? {} : clusterPolicy(config, destination?.subset),
    }
  })
}

/** Why an attempt would not get past a destination's rings, in their order; undefined when it would, or would wait. */
function refusalOf(
  destination: RouteDestination,
  { services, complete }: DestinationContext,
): ExplainedRefusal | undefined {
  const { name, service, breaker, supply, view } = destination
  if (breaker?.refuses === true && !breaker.observes)
    return refusal('ERR_MESH_CIRCUIT_OPEN', `the circuit of "${name}" is open`)
  // A call for an original destination has no list, and those that nobody has looked for may be there.
  if (!complete || supply.waits || isOriginal(services[service]?.discovery)) return undefined
  const { candidates } = view
  if (candidates.length > 0)
    return candidates.every(({ refusing }) => refusing)
      ? refusal('ERR_MESH_CIRCUIT_OPEN', `the circuit of each endpoint of "${name}" is open`)
      : undefined
  const why = supply.failure === undefined ? '' : `: ${supply.failure.message}`
  return refusal('ERR_MESH_NO_HEALTHY_ENDPOINT', `"${name}" has no endpoint that takes calls${why}`)
}

/** Why no destination could take the call; undefined if one could. */
export function destinationRefusal(
  route: CompiledRoute,
  shares: Shares,
  context: DestinationContext,
): ExplainedRefusal | undefined {
  const reasons = shares
    .filter(({ share }) => share > 0)
    .map(({ value: { name, status } }) => {
      if (status !== undefined) return undefined
      const destination = destinationOf(route, name)
      if (destination !== undefined) return refusalOf(destination, context)
      return refusal('ERR_MESH_NO_CLUSTER', `the route leads to "${name}", which does not exist`)
    })
  return reasons.includes(undefined) ? undefined : reasons[0]
}
