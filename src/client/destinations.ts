import { ClusterView } from '../cluster/index.js'
import type { ServiceConfig, ServiceRoute } from '../config/service.js'
import type { RetryOptions } from '../resilience/retry/index.js'
import type { ServiceTelemetry } from '../telemetry/telemetry.js'
import type { ClientDeps } from './deps.js'
import { ClusterDestination } from './destination.js'
import type { ServiceState } from './service-state.js'
import { standsAlone, subsetConfig } from './subset-config.js'

/** Another service's part in a route. */
export interface Neighbour {
  readonly state: ServiceState
  readonly config: ServiceConfig
}

/** What a service is compiled from. */
export interface CompileOptions extends Neighbour {
  readonly name: string
  /** Finds the services that routes lead to. */
  readonly neighbour: (service: string) => Neighbour | undefined
}

/** What a route has to say in how attempts are made. */
export interface RouteUse {
  /** Longest wait for an attempt's reply headers; 0 for none. */
  readonly perTryMs: number
  /** Hedges bring a per-try timeout of their own, though there may be none. Default false. */
  readonly hedgesPerTry?: boolean | undefined
  /** Longest silence of an attempt. Default 0: none. */
  readonly perTryIdleMs?: number | undefined
  /** What hashing algorithms choose by. Default: the destination's. */
  readonly hash?: ServiceRoute['hash']
  /** Default true. */
  readonly avoidTried?: boolean | undefined
  /** Default false. */
  readonly avoidTriedPriorities?: boolean | undefined
  /** The route's, else the service's. Where it is Envoy's, retries under way are bounded by it. */
  readonly retryBudget?: RetryOptions['budget']
  /** What it gets are copies of calls. Default false. */
  readonly copies?: boolean | undefined
}

/** Shares views and rings between routes that need the same. */
export class Destinations {
  readonly #options: CompileOptions
  readonly #deps: ClientDeps
  readonly #made = new Map<string, ClusterDestination>()
  readonly #telemetry: ServiceTelemetry

  constructor(options: CompileOptions, telemetry: ServiceTelemetry, deps: ClientDeps) {
    this.#options = options
    this.#telemetry = telemetry
    this.#deps = deps
  }

  /** Undefined for a service or subset that does not exist. */
  find(service: string, subset: string | undefined, use: RouteUse): ClusterDestination | undefined {
    const owner = service === this.#options.name ? this.#options : this.#options.neighbour(service)
    if (owner === undefined) return undefined
    if (subset !== undefined && !Object.hasOwn(owner.config.subsets ?? {}, subset)) return undefined
    // Whatever a use comes to say counts.
    const key = JSON.stringify([service, subset, use])
    let made = this.#made.get(key)
    if (made === undefined) {
      made = this.#make(owner, subset, use)
      this.#made.set(key, made)
    }
    return made
  }

  /** All that were found. */
  values(): Iterable<ClusterDestination> {
    return this.#made.values()
  }

  #make({ state, config }: Neighbour, subset: string | undefined, use: RouteUse): ClusterDestination {
    const { random, workload } = this.#deps
    const alone = subset !== undefined && standsAlone(config, subset)
    const effective = alone ? subsetConfig(config, subset) : config
    const cluster = state.clusterOf(alone ? subset : undefined)
    const balancing = cluster.balancing(subset, {
      labels: alone || subset === undefined ? undefined : config.subsets?.[subset],
      loadBalancer: effective.loadBalancer,
      panicThresholdPercent: effective.outlierDetection?.panicThresholdPercent,
      workload,
    })
    const { hash, avoidTried, avoidTriedPriorities, retryBudget, copies = false } = use
    const { perTryMs, hedgesPerTry = false, perTryIdleMs = 0 } = use
    const view = new ClusterView(balancing, { subset, hash, avoidTried, avoidTriedPriorities }, random)
    const telemetry = copies ? this.#telemetry.copies(view.cluster.name) : this.#telemetry.attempt
    return new ClusterDestination(
      { view, state, cluster, config: effective, telemetry, perTryMs, hedgesPerTry, perTryIdleMs, retryBudget },
      this.#deps,
    )
  }
}
