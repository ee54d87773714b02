import type { ClientCall } from '../core/call.js'
import { MeshError } from '../core/errors.js'
import type { Handler } from '../core/interceptor.js'
import type { Random } from '../core/random.js'
import { leading } from '../core/teller.js'
import type { ActionExplanation } from './action/explanation.js'
import type { HeaderPlan } from './action/header-plan.js'
import { RouteChoice, type RouteLeg } from './choice.js'
import { matchedPrefix, type Workload } from './matcher.js'
import { type Matchable, RouteTable, type RouteVerdict } from './route-table.js'
import { type Weighted, WeightedSplit } from './split.js'

/** A route as the client assembles it. */
export interface Route extends Matchable {
  /** Empty for a route that answers by itself. */
  readonly legs: readonly Weighted<RouteLeg>[]
  /** What is done to the headers of its answers, for a route that answers by itself. */
  readonly plan?: HeaderPlan | undefined
  /** The route's own chain, from its fault to `call.destination.attempt`. */
  readonly handler: Handler<ClientCall>
  /** Says what the chain would make of a call; it may change the call that it is given. */
  readonly explain?: ((call: ClientCall, choice: RouteChoice) => ActionExplanation) | undefined
}

/** What `explain` tells of a call. */
interface RouteExplanation<R extends Route> {
  /** Undefined when no route matches. */
  readonly route: R | undefined
  /** The chosen route's legs with their share of 1; empty for a route that answers by itself. */
  readonly shares: readonly { readonly value: RouteLeg; readonly share: number }[]
  /** What the route does, as it does it to calls that fall to its first leg. */
  readonly action: ActionExplanation | undefined
  /** Each route that was looked at, in order. */
  readonly verdicts: readonly RouteVerdict[]
}

/** What a router is given. */
export interface RouterDeps {
  readonly random: Random
  /** Name of the service, for errors. */
  readonly service: string
  /** Who calls. Default: nobody that a route could ask for. */
  readonly workload?: Workload | undefined
}

/** The routes of one service. */
export interface Router<R extends Route> {
  /** Selects the route, draws the split once for the whole call, and hands over to the route's chain. */
  readonly handler: Handler<ClientCall>
  /** What `handler` would choose for a call; undefined when no route matches. */
  choose(call: ClientCall): RouteChoice | undefined
  /** Says what `handler` would do, and sends nothing. */
  explain(call: ClientCall): RouteExplanation<R>
}

/** The split of one alternative: of each leg, with what the alternative matched. */
function splitOf(route: Route, prefix: string | undefined): WeightedSplit<RouteChoice> {
  const choices = route.legs.map(({ value, weight }) => ({
    value: new RouteChoice(route.name, value, value.plan, prefix),
    weight,
  }))
  return new WeightedSplit(
    choices.length > 0 ? choices : [{ value: new RouteChoice(route.name, undefined, route.plan, prefix) }],
  )
}

/**
 * Compiles the routes of a service. A call that none of them matches is rejected with `ERR_MESH_NO_ROUTE` (404 `NR`).
 * What matched, and where it leads, is then `call.route`. Throws `ConfigError` for weights that sum to 0.
 */
export function createRouter<R extends Route>(routes: readonly R[], deps: RouterDeps): Router<R> {
  const { random, service } = deps
  const compiled = routes.map((route) => ({
    name: route.name,
    match: route.match,
    route,
    splits: (route.match ?? [undefined]).map((match) => splitOf(route, matchedPrefix(match))),
  }))
  const table = new RouteTable(compiled, deps.workload)

  function take(call: ClientCall): Handler<ClientCall> {
    const found = table.find(call)
    const choice = found?.route.splits[found.alternative]?.draw(random)
    if (found === undefined || choice === undefined) throw noRoute(service)
    call.route = choice
    call.destination = choice.leg?.destination
    return found.route.route.handler
  }

  return {
    handler: leading(take),
    choose(call) {
      const found = table.find(call)
      return found?.route.splits[found.alternative]?.draw(random)
    },
    explain(call) {
      const verdicts = table.explain(call)
      const found = table.find(call)
      if (found === undefined) return { route: undefined, shares: [], action: undefined, verdicts }
      const { route } = found.route
      const shares = found.route.splits[found.alternative]?.shares() ?? []
      const [first] = shares
      const seen = call.fork()
      seen.route = first?.value
      return {
        route,
        shares: shares.flatMap(({ value: { leg }, share }) => (leg === undefined ? [] : [{ value: leg, share }])),
        action: first === undefined ? undefined : route.explain?.(seen, first.value),
        verdicts,
      }
    },
  }
}

function noRoute(service: string): MeshError {
  return new MeshError('ERR_MESH_NO_ROUTE', `no route of "${service}" matches the call`, {
    service,
    body: '',
    detail: 'route_not_found',
  })
}
