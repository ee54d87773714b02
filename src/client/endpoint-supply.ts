import { type Arrival, type Cluster, type Endpoint, HealthChecker, OriginalEndpoints } from '../cluster/index.js'
import type { ServiceConfig } from '../config/service.js'
import type { ClientCall } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import type { Handler } from '../core/interceptor.js'
import { isOriginal } from '../discovery/index.js'
import type { ClientDeps } from './deps.js'
import { EndpointSource } from './endpoint-source.js'

/** Brings a service its endpoints, and the word on their health. What the first calls wait for is known here. */
export class EndpointSupply implements Arrival {
  readonly checker: HealthChecker
  readonly #source: EndpointSource
  readonly #cluster: Cluster
  readonly #clock: Clock
  #originals: OriginalEndpoints | undefined = undefined

  /** `send` reaches the endpoint of a call, past all rings. */
  constructor(cluster: Cluster, deps: ClientDeps, send: Handler<ClientCall>) {
    const { clock, random, observer } = deps
    this.#cluster = cluster
    this.#clock = clock
    this.checker = new HealthChecker(cluster, { clock, random, observer, send })
    this.#source = new EndpointSource(cluster.name, {
      clock,
      random,
      observer,
      apply: (endpoints) => {
        cluster.update(endpoints)
        this.checker.refresh()
      },
    })
  }

  get checking(): Promise<void> | undefined {
    return this.checker.pending
  }

  get pending(): Promise<void> | undefined {
    return this.#source.pending
  }

  /** Whether a call without an endpoint would wait now. */
  get waits(): boolean {
    return this.#source.waits || this.checking !== undefined
  }

  get failure(): Error | undefined {
    return this.#source.failure
  }

  /** Finds the endpoint that a call names itself; undefined where, by this config, a balancer chooses. */
  original({ discovery }: ServiceConfig): ((call: ClientCall) => Endpoint | undefined) | undefined {
    if (!isOriginal(discovery)) return undefined
    this.#originals ??= new OriginalEndpoints(this.#cluster, this.#clock)
    const originals = this.#originals
    return (call) => originals.of(call)
  }

  /** Takes over a validated config. Nobody is asked for the health of a place that a call names. */
  configure({ endpoints, discovery, healthCheck }: ServiceConfig): void {
    const original = isOriginal(discovery)
    if (!original) this.#originals?.close()
    this.checker.configure(original ? undefined : healthCheck)
    this.#source.configure(endpoints, discovery)
  }

  /** Resolves once there are endpoints whose health is known; rejects with `ERR_MESH_NO_HEALTHY_ENDPOINT` when none were found. */
  async ready(): Promise<void> {
    await this.#source.ready()
    await this.checking
  }

  /** Ends discovery and health checks; whoever waits for them goes on without. */
  close(): void {
    this.#source.close()
    this.checker.close()
    this.#originals?.close()
  }
}
