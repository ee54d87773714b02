import type { Cluster, Endpoint } from '../cluster/index.js'
import type { EndpointRef } from '../core/endpoint.js'
import { Breaker } from '../resilience/circuit-breaker/index.js'
import type { CircuitBreakerOptions } from '../resilience/circuit-breaker/options.js'
import type { ClientDeps } from './deps.js'

/** The breakers of a cluster's endpoints, which the balancer goes by. They last as long as their endpoints do. */
export class EndpointBreakers {
  readonly #cluster: Cluster
  readonly #deps: ClientDeps
  readonly #breakers = new Map<EndpointRef, Breaker>()
  #options: CircuitBreakerOptions | undefined = undefined

  constructor(cluster: Cluster, deps: ClientDeps) {
    this.#cluster = cluster
    this.#deps = deps
  }

  /** Takes over a validated config. */
  configure(options: CircuitBreakerOptions | undefined): void {
    this.#options = options?.per === 'endpoint' ? options : undefined
    if (this.#options === undefined) this.retain(new Set())
    else for (const breaker of this.#breakers.values()) breaker.configure(this.#options)
  }

  /** The breaker of an endpoint; undefined for one that has left. */
  readonly of = (ref: EndpointRef): Breaker | undefined => {
    const known = this.#breakers.get(ref)
    if (known !== undefined || this.#options === undefined) return known
    const endpoint = this.#cluster.get(ref.id)
    if (endpoint === undefined || endpoint !== ref) return undefined
    const { clock, random, observer } = this.#deps
    const breaker: Breaker = new Breaker(this.#options, {
      clock,
      random,
      observer,
      service: this.#cluster.fullName,
      endpoint: endpoint.id,
      onTurn: () => this.#turn(endpoint, breaker),
    })
    this.#breakers.set(endpoint, breaker)
    return breaker
  }

  /** Forgets the breakers of endpoints that have left. */
  retain(endpoints: ReadonlySet<EndpointRef>): void {
    for (const [endpoint, breaker] of this.#breakers)
      if (!endpoints.has(endpoint)) {
        this.#breakers.delete(endpoint)
        breaker.shutdown()
      }
  }

  /** Breakers by `host:port`, for those who show them. */
  *entries(): IterableIterator<[string, Breaker]> {
    for (const [{ id }, breaker] of this.#breakers) yield [id, breaker]
  }

  #turn(endpoint: Endpoint, breaker: Breaker): void {
    this.#cluster.setRefusing(endpoint, breaker.refuses && !breaker.observes)
  }
}
