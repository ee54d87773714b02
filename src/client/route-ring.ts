import { hashStage } from '../cluster/hash-policy/index.js'
import type { HashPolicy } from '../cluster/hash-policy/options.js'
import type { ServiceConfig, ServiceRoute } from '../config/service.js'
import type { ClientCall } from '../core/call.js'
import { durationMs } from '../core/duration.js'
import { announceHop } from '../core/hop.js'
import { compose, type Handler, type Interceptor } from '../core/interceptor.js'
import { arrange, routeStages, type Staged } from '../core/stages.js'
import { leading } from '../core/teller.js'
import { coalesceStage } from '../resilience/coalesce/index.js'
import { fallbackStage } from '../resilience/fallback/index.js'
import { type HedgeOptions, hedgeStage, type PerTry } from '../resilience/hedge/index.js'
import { type RetryOptions, type RetryPermits, retryStage } from '../resilience/retry/index.js'
import { deadlineStage } from '../resilience/timeout/index.js'
import {
  announceAttempt,
  answerPlan,
  answersItself,
  Chance,
  compileAction,
  compileLegs,
  type Mirror,
  noCluster,
  type Route,
} from '../routing/index.js'
import type { ClientDeps } from './deps.js'
import { ClusterDestination } from './destination.js'
import type { CompileOptions, Destinations, RouteUse } from './destinations.js'
import { holdDestination } from './holding.js'
import { RouteKeys } from './route-state.js'

/** A route of a service in a snapshot, with the rings below it. */
export interface CompiledRoute extends Route {
  readonly options: ServiceRoute
  /** Stages of the ring below the route, in order. */
  readonly stages: readonly string[]
  /** Where its legs lead, those to what does not exist left out. */
  readonly destinations: readonly ClusterDestination[]
  readonly timeoutMs: number | undefined
  readonly retry: ServiceConfig['retry']
}

function permitsOf(call: ClientCall): RetryPermits | undefined {
  return call.destination instanceof ClusterDestination ? call.destination.retryPermits : undefined
}

function hasAnother(call: ClientCall): boolean {
  return call.destination instanceof ClusterDestination && call.destination.view.hasAnother(call)
}

/** The attempt ring of where a call goes. */
function attemptOf({ destination, service }: ClientCall): Handler<ClientCall> {
  if (destination === undefined) throw noCluster(service, service)
  return destination.attempt
}

/** Hashes once a call what all of a route's destinations would hash by; undefined where they hash by different things. */
function hashing(
  { hash }: ServiceRoute,
  destinations: readonly ClusterDestination[],
  deps: ClientDeps,
): Interceptor<ClientCall> | undefined {
  const settings = destinations.flatMap(({ view: { balancing } }) => (balancing.hashing ? [balancing.settings] : []))
  const [first, ...others] = settings.map((one): readonly HashPolicy[] | undefined => hash ?? one.hash)
  if (first === undefined) return undefined
  const same = others.every((one) => JSON.stringify(one) === JSON.stringify(first))
  return same ? hashStage(first, deps.random) : undefined
}

/** The policies of a route: its own, else the service's; undefined where there is none, or the route takes it away. */
interface RoutePolicies {
  readonly timeoutMs: number | undefined
  readonly retry: ServiceConfig['retry']
  readonly hedge: ServiceConfig['hedge']
  readonly coalesce: ServiceConfig['coalesce']
  readonly fallback: ServiceConfig['fallback']
}

function unlessOff<T>(policy: T | false | undefined): T | undefined {
  return policy === false ? undefined : policy
}

function policiesOf(route: ServiceRoute, config: ServiceConfig): RoutePolicies {
  return {
    timeoutMs: durationMs(route.timeout ?? config.timeout),
    retry: unlessOff(route.retry ?? config.retry),
    hedge: unlessOff(route.hedge ?? config.hedge),
    coalesce: unlessOff(route.coalesce ?? config.coalesce),
    fallback: unlessOff(route.fallback ?? config.fallback),
  }
}

/** A route that retries in its own way still draws on the service's budget, unless it has one of its own. */
function budgetOf(retry: ServiceConfig['retry'], config: ServiceConfig): RetryOptions['budget'] {
  return retry?.budget ?? config.retry?.budget
}

/** Builds the rings of a service's routes. */
export class RouteCompiler {
  /** What the routes that were built keep in the service's state. */
  readonly keys: RouteKeys = new RouteKeys()
  readonly #service: CompileOptions
  readonly #destinations: Destinations
  readonly #deps: ClientDeps
  /** Most routes retry as the service does. */
  readonly #retryStages = new Map<ServiceConfig['retry'], Interceptor<ClientCall>>()

  constructor(service: CompileOptions, destinations: Destinations, deps: ClientDeps) {
    this.#service = service
    this.#destinations = destinations
    this.#deps = deps
  }

  /** The rings of one route; `index` names it where it has no name. */
  compile(options: ServiceRoute, index: number): CompiledRoute {
    const { config, name } = this.#service
    const deps = this.#deps
    const envoyHeaders = config.envoyHeaders === true
    const policies = policiesOf(options, config)
    const { timeoutMs, retry, fallback } = policies
    const use = useOf(options, policies, budgetOf(retry, config))
    const legs = compileLegs(options, {
      service: name,
      find: ({ service, subset }) => this.#destinations.find(service, subset, use),
      clock: deps.clock,
    })
    const destinations = legs.flatMap(({ value: { destination } }) =>
      destination instanceof ClusterDestination ? [destination] : [],
    )
    const send = this.#sending(use.perTryMs)
    const action = compileAction(
      {
        route: options,
        service: name,
        legs: legs.map(({ value }) => value),
        mirrors: this.#mirrors(options, timeoutMs, send),
        envoyHeaders,
      },
      deps,
    )
    const stages = [...action.stages]
    if (fallback !== undefined) stages.push({ stage: 'fallback', intercept: fallbackStage(fallback, deps) })
    const hash = hashing(options, destinations, deps)
    if (hash !== undefined) stages.push({ stage: 'hash', intercept: hash })
    if (!answersItself(options)) stages.push(...this.#calling(options, policies))
    const ring = arrange(routeStages, stages, deps.edits)
    const intercepts = ring.map(({ intercept }) => intercept)
    return {
      name: options.name ?? `${name}#${index}`,
      match: options.match,
      legs,
      plan: answerPlan(options, deps.clock),
      handler: compose(destinations.length === 0 ? intercepts : [holdDestination, ...intercepts], send),
      explain: action.explain,
      options,
      stages: ring.map(({ stage }) => stage),
      destinations,
      timeoutMs,
      retry,
    }
  }

  /** What makes an attempt, once the callee has been told about it. */
  #sending(perTryMs: number): Handler<ClientCall> {
    const { envoyHeaders, hopHeaders = true } = this.#service.config
    if (envoyHeaders === true) return announced(perTryMs, this.#deps)
    return hopHeaders ? announcedHop(perTryMs, this.#deps) : leading(attemptOf)
  }

  #calling(route: ServiceRoute, { timeoutMs, retry, hedge, coalesce }: RoutePolicies): Staged<ClientCall>[] {
    const stages: Staged<ClientCall>[] = [{ stage: 'deadline', intercept: this.#bounding(timeoutMs) }]
    if (coalesce !== undefined) stages.push({ stage: 'coalesce', intercept: coalesceStage(coalesce, this.#deps) })
    if (retry !== undefined && retry.attempts !== 0) stages.push({ stage: 'retry', intercept: this.#retrying(retry) })
    if (hedge !== undefined) stages.push({ stage: 'hedge', intercept: this.#hedging(route, hedge, retry) })
    return stages
  }

  /** Our own stages settle when they are told to stop; those of users may not. */
  #bounding(timeoutMs: number | undefined): Interceptor<ClientCall> {
    const { clock, edits } = this.#deps
    return deadlineStage(timeoutMs, { clock, settles: edits.length === 0 })
  }

  /** Hedges draw on the budget of the retries, which counts calls itself where it retries. */
  #hedging(route: ServiceRoute, options: HedgeOptions, retry: ServiceConfig['retry']): Interceptor<ClientCall> {
    const { state, config } = this.#service
    const budget = state.routes.budget(budgetOf(retry, config), this.keys)
    const latencies = state.routes.latencies(route, options, this.keys)
    const { clock, observer, classifier } = this.#deps
    const deps = { clock, observer, classifier, budget, latencies, permits: permitsOf }
    const stage = hedgeStage(options, deps, perTryOf(options, retry))
    if (budget === undefined || (retry !== undefined && retry.attempts !== 0)) return stage
    return function hedgeCounted(call, next) {
      budget.deposit()
      return stage(call, next)
    }
  }

  #retrying(retry: NonNullable<ServiceConfig['retry']>): Interceptor<ClientCall> {
    let stage = this.#retryStages.get(retry)
    if (stage === undefined) {
      const { state, config } = this.#service
      const budget = state.routes.budget(budgetOf(retry, config), this.keys)
      const another = config.envoyHeaders === true ? undefined : hasAnother
      const { clock, random, observer } = this.#deps
      const { ending } = state
      stage = retryStage(retry, { clock, random, observer, budget, permits: permitsOf, another, ending })
      this.#retryStages.set(retry, stage)
    }
    return stage
  }

  /** Copies go as the call does, but once; those to what does not exist go nowhere. */
  #mirrors({ mirrors = [] }: ServiceRoute, timeoutMs: number | undefined, send: Handler<ClientCall>): Mirror[] {
    const bounded = compose([this.#bounding(timeoutMs)], send)
    return mirrors.flatMap(({ service = this.#service.name, subset, percentage = 100 }) => {
      const destination = this.#destinations.find(service, subset, { perTryMs: 0, copies: true })
      return destination === undefined ? [] : [{ destination, chance: new Chance(percentage), send: bounded }]
    })
  }
}

/** Undefined where the route does not hedge on the per-try timeout. */
function perTryOf(hedge: HedgeOptions | undefined, retry: ServiceConfig['retry']): PerTry | undefined {
  const after = durationMs(retry?.perTryTimeout) ?? 0
  if (hedge?.onPerTryTimeout !== true || after === 0) return undefined
  return { after, max: retry?.attempts ?? 2 }
}

/** Routes that hash stay with what they hashed to, unless they say otherwise: Istio's default. */
function useOf(
  { hash }: ServiceRoute,
  { retry, hedge }: RoutePolicies,
  retryBudget: RouteUse['retryBudget'],
): RouteUse {
  const limited = retry?.mode === 'observe' ? undefined : retry
  return {
    perTryMs: durationMs(limited?.perTryTimeout) ?? 0,
    hedgesPerTry: perTryOf(hedge, retry) !== undefined,
    perTryIdleMs: durationMs(limited?.perTryIdleTimeout) ?? 0,
    hash,
    avoidTried: retry?.avoidTried ?? hash === undefined,
    avoidTriedPriorities: retry?.avoidTriedPriorities,
    retryBudget,
  }
}

function announcedHop(perTryMs: number, { clock }: ClientDeps): Handler<ClientCall> {
  return leading(function hopAttempt(call: ClientCall) {
    const repeated = call.caller?.repeated === true
    if (perTryMs > 0 || call.attempt > 0 || repeated || call.deadline !== Number.POSITIVE_INFINITY)
      announceHop(call.headers, { leftMs: call.deadline - clock.now(), perTryMs, attempt: call.attempt, repeated })
    return attemptOf(call)
  })
}

function announced(perTryMs: number, { clock }: ClientDeps): Handler<ClientCall> {
  const limits = { perTryMs, clock }
  return leading(function announcedAttempt(call: ClientCall) {
    announceAttempt(call, limits)
    return attemptOf(call)
  })
}
