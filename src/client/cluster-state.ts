import { Balancing, type BalancingOptions, type Cluster } from '../cluster/index.js'
import type { ServiceConfig } from '../config/service.js'
import type { ClientCall } from '../core/call.js'
import { durationMs } from '../core/duration.js'
import type { EndpointRef } from '../core/endpoint.js'
import { MeshError } from '../core/errors.js'
import { InFlight } from '../core/in-flight.js'
import { KeyedState } from '../core/keyed-state.js'
import { type Teller, telling, tellOn } from '../core/teller.js'
import type { TlsClient } from '../core/tls.js'
import { tellFailure } from '../core/visit.js'
import { clientTls } from '../identity/client-tls.js'
import { createTransport, type Transport } from '../transport/index.js'
import type { ClientDeps } from './deps.js'
import { EndpointBreakers } from './endpoint-breakers.js'
import { Kept } from './kept.js'

/**
 * A cluster with its connections: a service's, or the one that a subset has of its own. A config change keeps all of it
 * that it does not concern.
 */
export class ClusterState {
  readonly cluster: Cluster
  /** One breaker for each endpoint, where the config wants that. */
  readonly breakers: EndpointBreakers
  /** Calls that have been routed here, those that have yet to choose an endpoint or to try another one too. */
  readonly calls: InFlight = new InFlight()
  readonly #deps: ClientDeps
  /** Transports that were replaced and still have calls. */
  readonly #draining = new Map<Transport, Promise<void>>()
  readonly #transport = new Kept<Transport>((transport) => this.#drain(transport))
  /** By the subset that it is over; empty for all endpoints. */
  readonly #balancing = new KeyedState<Kept<Balancing>>()

  /** `makeCluster` is told what to do when endpoints leave. */
  constructor(makeCluster: (onRemoved: () => void) => Cluster, deps: ClientDeps) {
    this.#deps = deps
    this.cluster = makeCluster(() => this.#forgetEndpoints())
    this.breakers = new EndpointBreakers(this.cluster, deps)
  }

  /** Takes over the policies of a validated config. */
  configure(config: ServiceConfig): void {
    const { clock, observer } = this.#deps
    const { tls, connectTimeout, idleTimeout, connections, envoyHeaders: blameStale } = config
    this.#transport.for({ tls, connectTimeout, idleTimeout, connections, blameStale }, () =>
      createTransport({
        service: this.cluster.name,
        tls: this.#tlsOf(config),
        connectTimeoutMs: durationMs(connectTimeout),
        idleTimeoutMs: durationMs(idleTimeout),
        connections,
        blameStale,
        clock,
        observer,
      }),
    )
    this.cluster.detectOutliers(config.outlierDetection)
    this.breakers.configure(config.circuitBreaker)
  }

  #tlsOf(config: ServiceConfig): (endpoint: EndpointRef) => TlsClient | undefined {
    const { clock, observer, identity } = this.#deps
    if (config.tls !== undefined) {
      const client = clientTls({ tls: config.tls, identity, clock, observer })
      return () => client
    }
    const simple = clientTls({ tls: 'simple', clock, observer })
    return (endpoint) => (endpoint.scheme === 'https' ? simple : undefined)
  }

  /** Forgets how subsets choose that are no more. */
  retainSubsets(names: readonly string[]): void {
    this.#balancing.retain(new Set(['', ...names]))
  }

  /** How a destination chooses: kept while its options stay the same, with its place in every rotation. */
  balancing(subset: string | undefined, options: BalancingOptions): Balancing {
    return this.#balancing
      .ensure(subset ?? '', () => new Kept<Balancing>())
      .for(options, () => new Balancing(this.cluster, options, this.#deps))
  }

  /**
   * Sends over the transport of today's config, also for a call that began under another: its own may be closed by the
   * time of a retry.
   */
  readonly send: Teller<ClientCall> = telling((call: ClientCall, visit) => {
    const transport = this.#transport.current
    if (transport !== undefined) return tellOn(call, transport.send, visit)
    const service = this.cluster.name
    return tellFailure(new MeshError('ERR_MESH_CLOSED', `the service "${service}" is gone`, { service }), visit)
  })

  #forgetEndpoints(): void {
    const endpoints = new Set(this.cluster.endpoints)
    this.#transport.current?.retain(endpoints)
    this.breakers.retain(endpoints)
  }

  #drain(transport: Transport): void {
    const drained = transport.close()
    this.#draining.set(transport, drained)
    void drained.then(() => this.#draining.delete(transport))
  }

  /** Lets calls end - a retry to come still finds its endpoints - then removes those and closes every connection. */
  async close(): Promise<void> {
    if (!this.calls.isIdle) await this.calls.idle()
    this.cluster.close()
    this.#transport.clear()
    this.breakers.retain(new Set())
    await Promise.all(this.#draining.values())
  }

  /** Breaks off what is still under way, on transports that were replaced too. */
  async destroy(): Promise<void> {
    this.calls.abandon()
    const { current } = this.#transport
    const transports = [...this.#draining.keys(), ...(current === undefined ? [] : [current])]
    await Promise.all(transports.map((transport) => transport.destroy()))
  }
}
