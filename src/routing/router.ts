import type { ClientCall, Destination } from '../core/call.js'
import type { RouteRef } from '../core/endpoint.js'
import { MeshError } from '../core/errors.js'
import type { Handler } from '../core/interceptor.js'
import type { Random } from '../core/random.js'
import { type Matchable, RouteTable, type RouteVerdict } from './route-table.js'
import { type Weighted, WeightedSplit } from './split.js'

/** A destination of a route by name; `destination` is undefined for a service or subset that does not exist. */
export interface RouteLeg {
  /** `service` or `service|subset`. */
  readonly name: string
  readonly destination: Destination | undefined
}

/** A route as the client assembles it. */
export interface Route extends RouteRef, Matchable {
  readonly destinations: readonly Weighted<RouteLeg>[]
  /** The route's own chain (deadline, retry), down to `call.destination.attempt`. */
  readonly handler: Handler<ClientCall>
}

/** What `explain` tells of a call. */
interface RouteExplanation<R extends Route> {
  /** Undefined when no route matches. */
  readonly route: R | undefined
  /** The chosen route's legs with their share of 1. */
  readonly shares: readonly { readonly value: RouteLeg; readonly share: number }[]
  /** Each route that was looked at, in order. */
  readonly verdicts: readonly RouteVerdict[]
}

/** What a router is given. */
export interface RouterDeps {
  readonly random: Random
  /** Name of the service, for errors. */
  readonly service: string
}

/** The routes of one service. */
export interface Router<R extends Route> {
  /** Selects the route, draws the split once for the whole call, and hands over to the route's chain. */
  readonly handler: Handler<ClientCall>
  /** Says what `handler` would do, and sends nothing. */
  explain(call: ClientCall): RouteExplanation<R>
}

/**
 * Compiles the routes of a service. A call that none of them matches is rejected with `ERR_MESH_NO_ROUTE` (404 `NR`),
 * one whose split falls on an unknown destination with `ERR_MESH_NO_CLUSTER` (503 `NC`). Throws `ConfigError` for
 * weights that sum to 0.
 */
export function createRouter<R extends Route>(routes: readonly R[], deps: RouterDeps): Router<R> {
  const { random, service } = deps
  const compiled = routes.map((route) => ({
    name: route.name,
    match: route.match,
    route,
    split: new WeightedSplit(route.destinations),
  }))
  const table = new RouteTable(compiled)

  function route(call: ClientCall): ReturnType<Handler<ClientCall>> {
    const found = table.match(call)
    if (found === undefined) return Promise.reject(noRoute(service))
    call.route = found.route
    const leg = found.split.draw(random)
    if (leg.destination === undefined) return Promise.reject(noCluster(service, leg.name))
    call.destination = leg.destination
    return found.route.handler(call)
  }

  return {
    handler: route,
    explain(call) {
      const found = table.match(call)
      return { route: found?.route, shares: found?.split.shares() ?? [], verdicts: table.explain(call) }
    },
  }
}

function noRoute(service: string): MeshError {
  return new MeshError('ERR_MESH_NO_ROUTE', `no route of "${service}" matches the call`, {
    service,
    detail: 'route_not_found',
  })
}

function noCluster(service: string, name: string): MeshError {
  return new MeshError('ERR_MESH_NO_CLUSTER', `a route of "${service}" leads to "${name}", which does not exist`, {
    service,
    detail: 'cluster_not_found',
  })
}
