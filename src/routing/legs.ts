import type { Destination } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import { type HeaderPlan, headerPlan } from './action/header-plan.js'
import type { RouteLeg } from './choice.js'
import { destinationsOf, type RouteDestinationRef, type RouteOptions } from './options.js'
import type { Weighted } from './split.js'

/** What the destinations of a route are looked up with. */
export interface LegDeps {
  /** Name of the service that the route belongs to. */
  readonly service: string
  /** Undefined for a service or subset that does not exist. */
  readonly find: (target: RouteDestinationRef) => Destination | undefined
  readonly clock: Clock
}

/** Whether a route answers by itself, so that it leads nowhere. */
export function answersItself({ redirect, directResponse }: RouteOptions): boolean {
  return redirect !== undefined || directResponse !== undefined
}

/** What is done to the headers of the answers of a route that answers by itself. */
export function answerPlan(route: RouteOptions, clock: Clock): HeaderPlan | undefined {
  if (!answersItself(route)) return undefined
  return headerPlan({ route: route.headers }, clock)
}

/** The destinations of a route with their headers compiled; none for a route that answers by itself. */
export function compileLegs(route: RouteOptions, deps: LegDeps): Weighted<RouteLeg>[] {
  if (answersItself(route)) return []
  const { service, find, clock } = deps
  return destinationsOf(route.to, service).map((target) => {
    const { subset, status, weight, headers } = target
    const name = subset === undefined ? target.service : `${target.service}|${subset}`
    const destination = status === undefined ? find(target) : undefined
    const levels = { route: route.headers, destination: headers, authority: route.rewrite?.authority }
    return { value: { name, destination, status, plan: headerPlan(levels, clock) }, weight }
  })
}
