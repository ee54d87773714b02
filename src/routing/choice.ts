import type { Destination } from '../core/call.js'
import type { RouteRef } from '../core/endpoint.js'
import type { HeaderPlan } from './action/header-plan.js'

/** A destination of a route by name; `destination` is undefined for a service or subset that does not exist. */
export interface RouteLeg {
  /** `service` or `service|subset`. */
  readonly name: string
  readonly destination: Destination | undefined
  /** Answers with this status instead of calling. */
  readonly status?: number | undefined
  /** What is done to the headers of calls that fall here; the route's own part included. */
  readonly plan?: HeaderPlan | undefined
}

/** What was decided for a call: by which alternative of which route it goes, and to which of its destinations. */
export class RouteChoice implements RouteRef {
  readonly name: string
  /** Undefined for a route that answers by itself. */
  readonly leg: RouteLeg | undefined
  /** What is done to the headers; undefined for nothing. */
  readonly plan: HeaderPlan | undefined
  /** The prefix that the route asked for, as far as it is one; undefined when the whole path was matched. */
  readonly prefix: string | undefined

  constructor(name: string, leg: RouteLeg | undefined, plan: HeaderPlan | undefined, prefix: string | undefined) {
    this.name = name
    this.leg = leg
    this.plan = plan
    this.prefix = prefix
  }
}

/** The choice that the router made for a call. */
export function choiceOf(call: { readonly route: RouteRef | undefined }): RouteChoice | undefined {
  return call.route instanceof RouteChoice ? call.route : undefined
}
