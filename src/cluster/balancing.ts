import type { ClientCall } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { EndpointRef } from '../core/endpoint.js'
import { type Hash64, hashModulo } from '../core/hash/hash64.js'
import { type Random, randomInt } from '../core/random.js'
import type { Labels } from '../discovery/index.js'
import {
  type Balancer,
  balancerFor,
  isHashing,
  type LoadBalancerOptions,
  type LoadBalancerSettings,
  loadBalancerSettings,
} from './balancer/index.js'
import type { Cluster } from './cluster.js'
import { Endpoint } from './endpoint.js'
import { type LocalityPlan, localityPlan, type NearbyWorkload } from './locality/index.js'
import { type Level, priorityLevels } from './priority/index.js'
import { priorityAt } from './priority/load.js'
import { retryLoads } from './priority/previous-priorities.js'
import { selector } from './subset.js'

/** How a destination chooses among the endpoints of its cluster. */
export interface BalancingOptions {
  /** What a subset selects by; without it, every endpoint. */
  labels?: Labels | undefined
  /** Default `least-request`. */
  loadBalancer?: LoadBalancerOptions | undefined
  /** That of `outlierDetection`; `loadBalancer` has the first say. Default 50. */
  panicThresholdPercent?: number | undefined
  /** Whose calls they are; localities count from there. Default: nobody knows. */
  workload?: NearbyWorkload | undefined
}

/** What balancing is given. */
export interface BalancingDeps {
  readonly random: Random
  readonly clock: Clock
}

const nowhere: NearbyWorkload = { labels: {}, locality: undefined }

/**
 * Chooses among the endpoints of a cluster, or of a subset that shares it: first a priority by what each can carry, then
 * an endpoint by the balancer's algorithm. It follows the cluster by its version number, so that an old one needs no
 * unsubscribing, and is kept from snapshot to snapshot while its options stay the same.
 */
export class Balancing {
  readonly cluster: Cluster
  readonly settings: LoadBalancerSettings
  /** The algorithm chooses by hashes. */
  readonly hashing: boolean
  readonly #selects: ((labels: Labels | undefined) => boolean) | undefined
  readonly #panicThreshold: number
  readonly #locality: LocalityPlan | undefined
  readonly #deps: BalancingDeps
  #version = -1
  #membersVersion = -1
  #members: readonly Endpoint[] = []
  #groups: readonly (readonly Endpoint[])[] = []
  #ranks: readonly number[] = []
  #levels: readonly Level[] = []
  #loads: readonly number[] = []
  /** Set while one level takes all calls. */
  #only: Level | undefined = undefined

  constructor(cluster: Cluster, options: BalancingOptions, deps: BalancingDeps) {
    this.cluster = cluster
    this.settings = loadBalancerSettings(options.loadBalancer)
    this.hashing = isHashing(this.settings)
    this.#selects = options.labels && selector(options.labels)
    this.#panicThreshold = this.settings.panicThresholdPercent ?? options.panicThresholdPercent ?? 50
    this.#locality = localityPlan(this.settings.locality, options.workload ?? nowhere)
    this.#deps = deps
  }

  /** Every endpoint of this destination, whether it takes calls or not. */
  get members(): readonly Endpoint[] {
    this.#refresh()
    return this.#members
  }

  /** The priorities, the first one first. */
  get levels(): readonly Level[] {
    this.#refresh()
    return this.#levels
  }

  /** Percent of the calls that each priority takes. */
  get loads(): readonly number[] {
    this.#refresh()
    return this.#loads
  }

  /** Draws an endpoint; undefined if none takes calls. `attempt` counts the draws of one selection, from 0. */
  pick(call: ClientCall, hash: Hash64 | undefined, attempt: number, loads?: readonly number[]): Endpoint | undefined {
    this.#refresh()
    if (this.#only !== undefined && loads === undefined) return this.#only.balancer.pick(call, hash, attempt)
    const percentile = (hash === undefined ? randomInt(this.#deps.random, 100) : hashModulo(hash, 100)) + 1
    return this.#levels[priorityAt(loads ?? this.#loads, percentile)]?.balancer.pick(call, hash, attempt)
  }

  /** The loads of a retry that avoids priorities which the call has tried; undefined for the usual ones. */
  loadsOfRetry(tried: readonly EndpointRef[]): readonly number[] | undefined {
    this.#refresh()
    if (this.#levels.length < 2) return undefined
    const priorities = tried.flatMap((one) => {
      const level = one instanceof Endpoint ? this.#ranks.indexOf(this.#rankOf(one)) : -1
      return level < 0 ? [] : [level]
    })
    return retryLoads(
      priorities,
      this.#levels.map(({ healthy, members }) => ({ healthy: healthy.length, total: members.length })),
    )
  }

  /** Any endpoint that takes calls and is not among these; starts anywhere, so that no endpoint gets them all. */
  untried(tried: readonly EndpointRef[], loads: readonly number[] = this.#loads): Endpoint | undefined {
    for (const [i, { candidates }] of this.#levels.entries()) {
      if (loads[i] === 0) continue
      const start = randomInt(this.#deps.random, candidates.length)
      for (let n = 0; n < candidates.length; n++) {
        const endpoint = candidates[(start + n) % candidates.length]
        if (endpoint !== undefined && !tried.includes(endpoint)) return endpoint
      }
    }
    return undefined
  }

  #rankOf(endpoint: Endpoint): number {
    return this.#locality?.rank?.(endpoint) ?? endpoint.priority
  }

  #refresh(): void {
    const { cluster } = this
    if (this.#version === cluster.version) return
    this.#version = cluster.version
    const sameMembers = this.#membersVersion === cluster.membersVersion
    if (!sameMembers) this.#regroup()
    const { levels, loads } = priorityLevels(this.#groups, this.#panicThreshold, this.#create)
    if (sameMembers) for (const [i, level] of levels.entries()) level.continue(this.#levels[i])
    this.#levels = levels
    this.#loads = loads
    this.#only = levels[loads.indexOf(100)]
  }

  #regroup(): void {
    const { cluster } = this
    const selects = this.#selects
    this.#membersVersion = cluster.membersVersion
    this.#members =
      selects === undefined ? cluster.endpoints : cluster.endpoints.filter((endpoint) => selects(endpoint.labels))
    const eligible = this.#locality?.eligible(this.#members) ?? this.#members
    const first = eligible[0]
    const rank = first === undefined ? 0 : this.#rankOf(first)
    if (eligible.every((endpoint) => this.#rankOf(endpoint) === rank)) {
      this.#ranks = [rank]
      this.#groups = [eligible]
      return
    }
    const groups = new Map<number, Endpoint[]>()
    for (const endpoint of eligible) {
      const rank = this.#rankOf(endpoint)
      const group = groups.get(rank)
      if (group === undefined) groups.set(rank, [endpoint])
      else group.push(endpoint)
    }
    const sorted = [...groups].sort(([a], [b]) => a - b)
    this.#ranks = sorted.map(([rank]) => rank)
    this.#groups = sorted.map(([, group]) => group)
  }

  readonly #create = (level: Level): Balancer => {
    const { random, clock } = this.#deps
    const context = { random, clock, settings: this.settings, active: this.cluster.active }
    const create = balancerFor(this.settings)
    const over = (endpoints: readonly Endpoint[]): Balancer => create(endpoints, context)
    return this.#locality?.balancer(level, over, this.hashing, random) ?? over(level.candidates)
  }
}
