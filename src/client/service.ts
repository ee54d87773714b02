import { ClusterView } from '../cluster/index.js'
import type { ServiceConfig, ServiceRoute } from '../config/service.js'
import type { ClientCall } from '../core/call.js'
import { durationMs } from '../core/duration.js'
import { compose, type Handler } from '../core/interceptor.js'
import { arrange, type Staged, serviceStages } from '../core/stages.js'
import { retryStage } from '../resilience/retry/index.js'
import { deadlineStage } from '../resilience/timeout/index.js'
import {
  createRouter,
  destinationsOf,
  type Route,
  type RouteLeg,
  type Router,
  type Weighted,
} from '../routing/index.js'
import type { ClientDeps, ServiceTelemetry } from './deps.js'
import { ClusterDestination } from './destination.js'
import type { ServiceState } from './service-state.js'

/** A route with its rings. */
export interface ServiceRing extends Route {
  readonly options: ServiceRoute
  /** Stages of the ring below the route, in order. */
  readonly stages: readonly string[]
  readonly legs: readonly ClusterDestination[]
  readonly timeoutMs: number | undefined
  readonly retry: ServiceConfig['retry']
}

/** A service in a snapshot: immutable, and built around the state that outlives it. */
export interface CompiledService {
  readonly name: string
  readonly config: ServiceConfig
  /** Hosts that mean this service, its name among them. */
  readonly hosts: readonly string[]
  readonly handler: Handler<ClientCall>
  readonly router: Router<ServiceRing>
  readonly routes: readonly ServiceRing[]
  /** Stages of the service ring down to the route, in order. */
  readonly stages: readonly string[]
}

/** Another service's part in a route. */
interface Neighbour {
  readonly state: ServiceState
  readonly config: ServiceConfig
}

/** What a service is compiled from. */
export interface CompileOptions extends Neighbour {
  readonly name: string
  /** Finds the services that routes lead to. */
  readonly neighbour: (service: string) => Neighbour | undefined
}

const outer = serviceStages.slice(0, 2)
const inner = serviceStages.slice(2)

/** Shares views and rings between routes that need the same. */
class Destinations {
  readonly #options: CompileOptions
  readonly #deps: ClientDeps
  readonly #views = new Map<string, ClusterView>()
  readonly #made = new Map<string, ClusterDestination>()
  readonly #telemetry: ServiceTelemetry

  constructor(options: CompileOptions, telemetry: ServiceTelemetry, deps: ClientDeps) {
    this.#options = options
    this.#telemetry = telemetry
    this.#deps = deps
  }

  /** Undefined for a service or subset that does not exist. */
  find(service: string, subset: string | undefined, perTryMs: number): ClusterDestination | undefined {
    const owner = service === this.#options.name ? this.#options : this.#options.neighbour(service)
    if (owner === undefined) return undefined
    const view = this.#view(owner, subset)
    if (view === undefined) return undefined
    const key = `${view.name} ${perTryMs}`
    let made = this.#made.get(key)
    if (made === undefined) {
      made = new ClusterDestination({ ...owner, view, perTryMs, telemetry: this.#telemetry }, this.#deps)
      this.#made.set(key, made)
    }
    return made
  }

  #view({ state, config }: Neighbour, subset: string | undefined): ClusterView | undefined {
    const key = `${state.name}|${subset ?? ''}`
    const known = this.#views.get(key)
    if (known !== undefined) return known
    const labels = subset === undefined ? undefined : config.subsets?.[subset]
    if (subset !== undefined && labels === undefined) return undefined
    const { loadBalancer, outlierDetection } = config
    const options = {
      loadBalancer,
      outlierDetection,
      ...(subset === undefined || labels === undefined ? {} : { subset: { name: subset, labels } }),
    }
    const view = new ClusterView(state.cluster, options, this.#deps.random)
    this.#views.set(key, view)
    return view
  }
}

function routeRing(
  options: ServiceRoute,
  index: number,
  service: CompileOptions,
  destinations: Destinations,
  deps: ClientDeps,
): ServiceRing {
  const { config, name, state } = service
  const retry = options.retry === false ? undefined : (options.retry ?? config.retry)
  const timeoutMs = durationMs(options.timeout ?? config.timeout)
  const perTryMs = durationMs(retry?.perTryTimeout) ?? 0
  const legs: ClusterDestination[] = []
  const weighted = destinationsOf(options.to, name).map((target): Weighted<RouteLeg> => {
    const destination = destinations.find(target.service, target.subset, perTryMs)
    if (destination !== undefined) legs.push(destination)
    const leg = target.subset === undefined ? target.service : `${target.service}|${target.subset}`
    return { value: { name: leg, destination }, weight: target.weight }
  })
  const stages: Staged<ClientCall>[] = [{ stage: 'deadline', intercept: deadlineStage(timeoutMs, deps) }]
  if (retry !== undefined && retry.attempts !== 0)
    stages.push({
      stage: 'retry',
      intercept: retryStage(retry, {
        ...deps,
        budget: state.budget(retry.budget),
        permits: permitsOf,
        ending: state.ending,
      }),
    })
  const ring = arrange(inner, stages, deps.edits)
  return {
    name: options.name ?? `${name}#${index}`,
    match: options.match,
    destinations: weighted,
    handler: compose(
      ring.map((entry) => entry.intercept),
      attempt,
    ),
    options,
    stages: ring.map((entry) => entry.stage),
    legs,
    timeoutMs,
    retry,
  }
}

function permitsOf(call: ClientCall): { tryAcquire(): boolean; release(): void } | undefined {
  return call.destination instanceof ClusterDestination ? call.destination.limiter?.retries : undefined
}

function attempt(call: ClientCall): ReturnType<Handler<ClientCall>> {
  const destination = call.destination
  if (destination === undefined) return Promise.reject(new TypeError('the router sets call.destination'))
  return destination.attempt(call)
}

/** Builds the three rings of a service around its state. Once per snapshot; nothing of it happens per call. */
export function compileService(options: CompileOptions, deps: ClientDeps): CompiledService {
  const { name, config } = options
  const telemetry = deps.telemetry({ name, subsets: config.subsets })
  const destinations = new Destinations(options, telemetry, deps)
  const given: readonly ServiceRoute[] = config.routes ?? [{ name: 'default' }]
  const routes = given.map((route, i) => routeRing(route, i, options, destinations, deps))
  const router = createRouter(routes, { random: deps.random, service: name })
  const ring = arrange(outer, [{ stage: 'telemetry', intercept: telemetry.service }], deps.edits)

  const enter = compose(
    ring.map((entry) => entry.intercept),
    router.handler,
  )
  return {
    name,
    config,
    hosts: [name, ...(config.hosts ?? [])],
    handler: function serviceRing(call) {
      call.service = name
      return enter(call)
    },
    router,
    routes,
    stages: [...ring.map((entry) => entry.stage), 'route'],
  }
}
