import type { ClientCall } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { Random } from '../core/random.js'
import type { Staged } from '../core/stages.js'
import type { ActionExplanation } from './action/explanation.js'
import { headersStage, prepare } from './action/headers-stage.js'
import { type Mirror, type MirrorDeps, mirrorStage } from './action/mirror-stage.js'
import { compilePathRewrite } from './action/path-rewrite.js'
import { compileAnswer, missingStage, respondStage } from './action/respond-stage.js'
import type { RouteChoice, RouteLeg } from './choice.js'
import { corsStage } from './cors/cors-stage.js'
import { faultStage } from './fault/fault-stage.js'
import type { RouteOptions } from './options.js'

/** What a route is made of, once its destinations are known. */
export interface ActionOptions {
  readonly route: RouteOptions
  /** Name of the service that the route belongs to, for errors. */
  readonly service: string
  readonly legs: readonly RouteLeg[]
  readonly mirrors: readonly Mirror[]
  /** Envoy's headers on requests are spoken. */
  readonly envoyHeaders: boolean
}

/** What a route does beside matching and calling. */
export interface RouteAction {
  /** Only those that the route needs: `fault`, `cors`, `respond`, `headers`, `mirror`. */
  readonly stages: readonly Staged<ClientCall>[]
  /** Says what the stages would make of a call; changes the call that it is given. */
  explain(call: ClientCall, choice: RouteChoice): ActionExplanation
}

/** Compiles a route's own stages. */
export function compileAction(
  options: ActionOptions,
  deps: MirrorDeps & { clock: Clock; random: Random },
): RouteAction {
  const { route, service, legs, mirrors, envoyHeaders } = options
  const answer = compileAnswer(route)
  const rewrite = route.rewrite === undefined ? undefined : compilePathRewrite(route.rewrite)
  const preparation = { rewrite, envoyHeaders }
  const stages: Staged<ClientCall>[] = []
  if (route.fault !== undefined) stages.push({ stage: 'fault', intercept: faultStage(route.fault, deps) })
  // Envoy looks after cross-origin calls only where a route calls somebody.
  if (route.cors !== undefined && answer === undefined) stages.push({ stage: 'cors', intercept: corsStage(route.cors) })
  if (answer !== undefined) stages.push({ stage: 'respond', intercept: respondStage(answer) })
  else {
    if (legs.some(({ destination }) => destination === undefined))
      stages.push({ stage: 'respond', intercept: missingStage(service) })
    if (envoyHeaders || rewrite !== undefined || legs.some(({ plan }) => plan !== undefined))
      stages.push({ stage: 'headers', intercept: headersStage(preparation) })
    if (mirrors.length > 0) stages.push({ stage: 'mirror', intercept: mirrorStage(mirrors, deps) })
  }
  return {
    stages,
    explain(call, choice) {
      const changes = choice.plan?.describe() ?? { request: [], response: [] }
      const always = {
        responseHeaders: changes.response,
        faults: faultsOf(route),
        mirrors: mirrorsOf(route, service),
        cors: route.cors !== undefined && answer === undefined,
      }
      const here = { path: undefined, authority: undefined, requestHeaders: [], ...always }
      const { abort } = route.fault ?? {}
      if (abort !== undefined && abort.percentage >= 100)
        return { kind: 'respond', status: abort.status, location: undefined, ...here }
      if (answer !== undefined) {
        const { status, location } = answer(call, choice)
        return { kind: route.redirect === undefined ? 'respond' : 'redirect', status, location, ...here }
      }
      prepare(call, preparation)
      return {
        kind: 'forward',
        status: undefined,
        location: undefined,
        path: call.path,
        authority: call.authority,
        requestHeaders: changes.request,
        ...always,
      }
    },
  }
}

function faultsOf({ fault }: RouteOptions): string[] {
  const { delay, abort } = fault ?? {}
  return [
    ...(delay === undefined ? [] : [`delay ${delay.percentage}% ${delay.duration}`]),
    ...(abort === undefined ? [] : [`abort ${abort.percentage}% ${abort.status}`]),
  ]
}

function mirrorsOf({ mirrors = [] }: RouteOptions, own: string): string[] {
  return mirrors.map(({ service = own, subset, percentage = 100 }) => {
    const name = subset === undefined ? service : `${service}|${subset}`
    return `${name} ${percentage}%`
  })
}
