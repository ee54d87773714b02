import type { ClientCall } from '../core/call.js'
import { type Hash64, randomHash } from '../core/hash/hash64.js'
import type { Random } from '../core/random.js'
import type { Balancing } from './balancing.js'
import type { Cluster } from './cluster.js'
import type { Endpoint } from './endpoint.js'
import type { HashOf } from './hash-policy/hash-of.js'
import type { HashPolicy } from './hash-policy/options.js'
import { compileHashPolicies } from './hash-policy/policies.js'

/** Picks that land on an endpoint of an earlier attempt are drawn again so often: Istio's hostSelectionRetryMaxAttempts. */
const maxRedraws = 5

/** What a route has to say in the choice of an endpoint. */
export interface ClusterViewOptions {
  /** Name of the subset; without it, every endpoint. */
  subset?: string | undefined
  /** What hashing algorithms choose by. Default: the destination's `loadBalancer.hash`. */
  hash?: readonly HashPolicy[] | undefined
  /** Retries prefer endpoints that the call has not tried yet (Envoy `previous_hosts`). Default true. */
  avoidTried?: boolean | undefined
  /** Retries prefer priorities that the call has not tried yet (Envoy `previous_priorities`). Default false. */
  avoidTriedPriorities?: boolean | undefined
}

/** A cluster, or the subset of it that a route names, as that route chooses from it. It belongs to a snapshot. */
export class ClusterView {
  /** `service` or `service|subset`. */
  readonly name: string
  readonly cluster: Cluster
  readonly subset: string | undefined
  readonly balancing: Balancing
  readonly #random: Random
  readonly #hashOf: HashOf | undefined
  readonly #avoidTried: boolean
  readonly #avoidTriedPriorities: boolean

  constructor(balancing: Balancing, options: ClusterViewOptions, random: Random) {
    const { cluster, settings, hashing } = balancing
    const policies = options.hash ?? settings.hash
    this.balancing = balancing
    this.cluster = cluster
    this.subset = options.subset
    this.name = this.subset === undefined ? cluster.name : `${cluster.name}|${this.subset}`
    this.#random = random
    this.#hashOf = hashing && policies !== undefined ? compileHashPolicies(policies, random) : undefined
    this.#avoidTried = options.avoidTried ?? true
    this.#avoidTriedPriorities = !hashing && options.avoidTriedPriorities === true
  }

  /** Every endpoint of this destination, whether it takes calls or not. */
  get endpoints(): readonly Endpoint[] {
    return this.balancing.members
  }

  /** The endpoints that take calls now, of all priorities: the healthy ones, or in panic all of them. */
  get candidates(): readonly Endpoint[] {
    return this.balancing.levels.flatMap((level) => level.candidates)
  }

  /** Chooses an endpoint, one that the call has not tried yet while there is one; undefined if none takes calls. */
  pick(call: ClientCall): Endpoint | undefined {
    const { balancing } = this
    const { tried } = call
    const hash = balancing.hashing ? this.#hash(call) : undefined
    if (tried === undefined || tried.length === 0) return balancing.pick(call, hash, 0)
    const loads = this.#avoidTriedPriorities ? balancing.loadsOfRetry(tried) : undefined
    let endpoint = balancing.pick(call, hash, 0, loads)
    if (!this.#avoidTried) return endpoint
    for (let draw = 1; draw <= maxRedraws && endpoint !== undefined && tried.includes(endpoint); draw++)
      endpoint = balancing.pick(call, hash, draw, loads)
    if (endpoint === undefined || balancing.hashing || !tried.includes(endpoint)) return endpoint
    // The balancer may insist; a retry must not depend on luck.
    return balancing.untried(tried, loads) ?? endpoint
  }

  /** Whether another attempt of the call would go to an endpoint that it has not tried yet. */
  hasAnother({ tried = [] }: ClientCall): boolean {
    return this.#avoidTried && this.balancing.untried(tried) !== undefined
  }

  /** One hash for a whole selection: it decides on the priority too. */
  #hash(call: ClientCall): Hash64 {
    return call.hash ?? this.#hashOf?.(call) ?? randomHash(this.#random)
  }
}
