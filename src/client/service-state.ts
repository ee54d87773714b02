import { Cluster } from '../cluster/index.js'
import type { ServiceConfig } from '../config/service.js'
import type { ClientCall } from '../core/call.js'
import { Cancellation } from '../core/cancellation.js'
import { MeshError } from '../core/errors.js'
import type { Handler } from '../core/interceptor.js'
import { KeyedState } from '../core/keyed-state.js'
import { Breaker } from '../resilience/circuit-breaker/index.js'
import { AdmissionControl, Limiter } from '../resilience/concurrency/index.js'
import { ConcurrentBudget, isConcurrentBudget, type RetryOptions } from '../resilience/retry/index.js'
import { ClusterState } from './cluster-state.js'
import type { ClientDeps } from './deps.js'
import { EndpointSupply } from './endpoint-supply.js'
import { Kept } from './kept.js'
import { RouteState } from './route-state.js'
import { subsetConfig, subsetsAlone } from './subset-config.js'

/** Names a concurrent budget among the state of a service. */
export function concurrentBudgetKey(cluster: Cluster, options: RetryOptions['budget']): string {
  return `${cluster.fullName} ${JSON.stringify(options)}`
}

/**
 * What lives longer than a snapshot, for one service: endpoints with their statistics and ejections, connection
 * pools, breakers, permits, retry budgets. A config change keeps all of it that it does not concern.
 */
export class ServiceState {
  readonly name: string
  readonly cluster: Cluster
  /** Cancelled when what is under way is broken off. */
  readonly ending: Cancellation = new Cancellation()
  /** Finds its endpoints, and checks their health. */
  readonly supply: EndpointSupply
  /** What its routes learn and spend. */
  readonly routes: RouteState
  readonly #deps: ClientDeps
  readonly #own: ClusterState
  readonly #subsets = new KeyedState<ClusterState>((state, subset) => this.#drop(state, subset))
  /** Subsets that no longer stand alone and still have calls. */
  readonly #leaving = new Map<ClusterState, Promise<void>>()
  readonly #breakers = new KeyedState<Breaker>((breaker) => breaker.shutdown())
  readonly #admissions = new KeyedState<Kept<AdmissionControl>>()
  readonly #limiters = new KeyedState<Kept<Limiter>>()
  readonly #concurrentBudgets = new KeyedState<ConcurrentBudget>()

  constructor(name: string, deps: ClientDeps) {
    this.name = name
    this.#deps = deps
    const { clock, random, observer } = deps
    this.#own = new ClusterState((onRemoved) => new Cluster(name, { clock, random, observer, onRemoved }), deps)
    this.cluster = this.#own.cluster
    this.supply = new EndpointSupply(this.cluster, deps, this.#own.send)
    this.routes = new RouteState(clock)
  }

  /** Makes what a validated config needs beside what there is, so that rings can be built around it. Nothing else changes. */
  prepare(config: ServiceConfig): void {
    for (const subset of subsetsAlone(config))
      if (this.#subsets.get(subset) === undefined) this.#configureSubset(subset, config)
  }

  /** Takes over a validated config. */
  configure(config: ServiceConfig): void {
    this.#own.configure(config)
    this.#own.retainSubsets(Object.keys(config.subsets ?? {}))
    const alone = subsetsAlone(config)
    for (const subset of alone) this.#configureSubset(subset, config)
    this.#subsets.retain(new Set(alone))
    this.supply.configure(config)
  }

  #configureSubset(subset: string, config: ServiceConfig): void {
    const labels = config.subsets?.[subset] ?? {}
    const state = this.#subsets.ensure(
      subset,
      () => new ClusterState((onRemoved) => this.cluster.part(subset, labels, onRemoved), this.#deps),
    )
    this.cluster.part(subset, labels)
    state.configure(subsetConfig(config, subset))
  }

  #drop(state: ClusterState, subset: string): void {
    this.cluster.dropPart(subset)
    const closed = state.close()
    this.#leaving.set(state, closed)
    void closed.then(() => this.#leaving.delete(state))
  }

  /** The cluster that calls to a subset go to: its own, or the service's. */
  clusterOf(subset: string | undefined): ClusterState {
    return (subset === undefined ? undefined : this.#subsets.get(subset)) ?? this.#own
  }

  /** Sends over the service's connections. */
  get send(): Handler<ClientCall> {
    return this.#own.send
  }

  /** The breaker of a destination; undefined when none is configured. */
  breaker(destination: string, options: ServiceConfig['circuitBreaker']): Breaker | undefined {
    if (options === undefined || options.per === 'endpoint') {
      this.#breakers.delete(destination)
      return undefined
    }
    const { clock, random, observer } = this.#deps
    const breaker = this.#breakers.ensure(
      destination,
      () => new Breaker(options, { clock, random, observer, service: destination }),
    )
    breaker.configure(options)
    return breaker
  }

  /** The admission control of a destination; undefined when none is configured. */
  admission(destination: string, options: ServiceConfig['admission']): AdmissionControl | undefined {
    if (options === undefined) {
      this.#admissions.delete(destination)
      return undefined
    }
    return this.#admissions
      .ensure(destination, () => new Kept<AdmissionControl>())
      .for(options, () => new AdmissionControl(options, this.#deps))
  }

  /** The permits of a cluster; undefined when nothing is limited. */
  limiter(cluster: string, options: ServiceConfig['limits']): Limiter | undefined {
    if (options === undefined) {
      this.#limiters.delete(cluster)
      return undefined
    }
    return this.#limiters
      .ensure(cluster, () => new Kept<Limiter>())
      .for(options, () => new Limiter(options, this.#deps))
  }

  /** Envoy's retry budget of a cluster, one for all routes with the same options; undefined where none is configured. */
  concurrentBudget(cluster: Cluster, options: RetryOptions['budget']): ConcurrentBudget | undefined {
    if (!isConcurrentBudget(options)) return undefined
    return this.#concurrentBudgets.ensure(
      concurrentBudgetKey(cluster, options),
      () => new ConcurrentBudget(options, cluster.active),
    )
  }

  /** Forgets the state of destinations that no route leads to any more, by the keys of those that one does. */
  retainDestinations(keys: ReadonlySet<string>): void {
    this.#breakers.retain(keys)
    this.#admissions.retain(keys)
    this.#limiters.retain(new Set([this.name, ...keys]))
    this.#concurrentBudgets.retain(keys)
  }

  /** Every breaker with its destination, and its endpoint where it is one's own. */
  *breakers(): IterableIterator<{ destination: string; endpoint: string | undefined; breaker: Breaker }> {
    for (const [destination, breaker] of this.#breakers.entries()) yield { destination, endpoint: undefined, breaker }
    for (const { cluster, breakers } of [this.#own, ...this.#subsets.values()])
      for (const [endpoint, breaker] of breakers.entries()) yield { destination: cluster.fullName, endpoint, breaker }
  }

  /** Finds and checks nothing any more, lets calls end, and closes every connection. */
  async close(): Promise<void> {
    this.supply.close()
    this.#subsets.retain(new Set())
    this.#breakers.retain(new Set())
    await Promise.all([this.#own.close(), ...this.#leaving.values()])
    // The last calls may have named places of their own.
    this.supply.close()
  }

  /** Breaks off what is still under way, on transports that were replaced too. */
  async destroy(): Promise<void> {
    this.ending.cancel(new MeshError('ERR_MESH_CLOSED', 'the mesh is closed', { service: this.name }))
    const states = [this.#own, ...this.#subsets.values(), ...this.#leaving.keys()]
    await Promise.all(states.map((state) => state.destroy()))
  }
}
