import type { ClientCall } from '../core/call.js'
import type { EndpointRef } from '../core/endpoint.js'
import { type Random, randomInt } from '../core/random.js'
import type { Labels } from '../discovery/index.js'
import type { Balancer, CreateBalancer } from './balancer/index.js'
import { balancers } from './balancer/index.js'
import type { LoadBalancerOptions } from './balancer/options.js'
import type { Cluster } from './cluster.js'
import type { Endpoint } from './endpoint.js'
import { type OutlierDetectionOptions, panicThreshold } from './outlier-detection/options.js'
import { selects } from './subset.js'

/** Picks that land on an endpoint of an earlier attempt are drawn again so often: Istio's hostSelectionRetryMaxAttempts. */
const maxRedraws = 5

/** How a destination chooses among the endpoints of its cluster. */
export interface ClusterViewOptions {
  /** Name of the subset, and what it selects by; without it, every endpoint. */
  subset?: { readonly name: string; readonly labels: Labels } | undefined
  /** Default `least-request`. */
  loadBalancer?: LoadBalancerOptions | undefined
  /** The service's policy, for its panic threshold. */
  outlierDetection?: OutlierDetectionOptions | undefined
}

/**
 * A cluster, or the subset of it that a route names, with a balancer of its own. It belongs to a snapshot and
 * follows the cluster by its version number: an old view needs no unsubscribing.
 */
export class ClusterView {
  /** `service` or `service|subset`. */
  readonly name: string
  readonly cluster: Cluster
  readonly subset: string | undefined
  readonly #labels: Labels | undefined
  readonly #create: CreateBalancer
  readonly #random: Random
  readonly #panicThreshold: number
  #version = -1
  #members: readonly Endpoint[] = []
  #candidates: readonly Endpoint[] = []
  #balancer: Balancer

  constructor(cluster: Cluster, options: ClusterViewOptions, random: Random) {
    this.cluster = cluster
    this.subset = options.subset?.name
    this.name = this.subset === undefined ? cluster.name : `${cluster.name}|${this.subset}`
    this.#labels = options.subset?.labels
    this.#create = balancers[options.loadBalancer ?? 'least-request']
    this.#random = random
    this.#panicThreshold = panicThreshold(options.outlierDetection)
    this.#balancer = this.#create([], random)
  }

  /** Every endpoint of this destination, ejected or not. */
  get endpoints(): readonly Endpoint[] {
    this.#refresh()
    return this.#members
  }

  /** The endpoints that take calls now: those not ejected, or in panic all of them. */
  get candidates(): readonly Endpoint[] {
    this.#refresh()
    return this.#candidates
  }

  /** Chooses an endpoint, one that the call has not tried yet while there is one; undefined if none takes calls. */
  pick(call: ClientCall): Endpoint | undefined {
    this.#refresh()
    const { tried } = call
    let endpoint = this.#balancer.pick(call)
    if (tried === undefined || tried.length === 0 || endpoint === undefined || this.#candidates.length === 1)
      return endpoint
    for (let draw = 0; draw < maxRedraws && tried.includes(endpoint); draw++)
      endpoint = this.#balancer.pick(call) ?? endpoint
    return tried.includes(endpoint) ? (this.#untried(tried) ?? endpoint) : endpoint
  }

  /** The balancer may insist; a retry must not depend on luck. Starts anywhere, so that no endpoint gets them all. */
  #untried(tried: readonly EndpointRef[]): Endpoint | undefined {
    const list = this.#candidates
    const start = randomInt(this.#random, list.length)
    for (let i = 0; i < list.length; i++) {
      const endpoint = list[(start + i) % list.length]
      if (endpoint !== undefined && !tried.includes(endpoint)) return endpoint
    }
    return undefined
  }

  #refresh(): void {
    const { cluster } = this
    if (this.#version === cluster.version) return
    this.#version = cluster.version
    const labels = this.#labels
    const members =
      labels === undefined ? cluster.endpoints : cluster.endpoints.filter((one) => selects(labels, one.labels))
    const healthy = members.filter((endpoint) => !endpoint.ejected)
    const panic = healthy.length * 100 < members.length * this.#panicThreshold
    this.#members = members
    this.#candidates = panic ? members : healthy
    this.#balancer = this.#create(this.#candidates, this.#random)
  }
}
