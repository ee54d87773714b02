import { Cluster } from '../cluster/index.js'
import type { ServiceConfig } from '../config/service.js'
import type { ClientCall } from '../core/call.js'
import { Cancellation } from '../core/cancellation.js'
import { durationMs } from '../core/duration.js'
import type { EndpointRef } from '../core/endpoint.js'
import { MeshError } from '../core/errors.js'
import type { Handler } from '../core/interceptor.js'
import { KeyedState } from '../core/keyed-state.js'
import type { TlsClient } from '../core/tls.js'
import { clientTls } from '../identity/client-tls.js'
import { Breaker } from '../resilience/circuit-breaker/index.js'
import { Limiter } from '../resilience/concurrency/index.js'
import { RetryBudget } from '../resilience/retry/index.js'
import { createTransport, type Transport } from '../transport/index.js'
import type { ClientDeps } from './deps.js'
import { Kept } from './kept.js'

/**
 * What lives longer than a snapshot, for one service: endpoints with their statistics and ejections, connection
 * pools, breakers, permits, the retry budget. A config change keeps all of it that it does not concern.
 */
export class ServiceState {
  readonly name: string
  readonly cluster: Cluster
  /** Cancelled when what is under way is broken off. */
  readonly ending: Cancellation = new Cancellation()
  readonly #deps: ClientDeps
  /** Transports that were replaced and still have calls. */
  readonly #draining = new Map<Transport, Promise<void>>()
  readonly #transport = new Kept<Transport>((transport) => this.#drain(transport))
  readonly #breakers = new KeyedState<Kept<Breaker>>((kept) => kept.clear())
  readonly #limiters = new KeyedState<Kept<Limiter>>()
  readonly #budget = new Kept<RetryBudget>()

  constructor(name: string, deps: ClientDeps) {
    this.name = name
    this.#deps = deps
    const { clock, random, observer } = deps
    this.cluster = new Cluster(name, { clock, random, observer, onRemoved: () => this.#retainPools() })
  }

  /** Takes over a validated config. */
  configure(config: ServiceConfig): void {
    const { clock, observer } = this.#deps
    const { tls, connectTimeout, idleTimeout } = config
    this.#transport.for({ tls, connectTimeout, idleTimeout }, () =>
      createTransport({
        service: this.name,
        tls: this.#tlsOf(config),
        connectTimeoutMs: durationMs(connectTimeout),
        idleTimeoutMs: durationMs(idleTimeout),
        clock,
        observer,
      }),
    )
    this.cluster.detectOutliers(config.outlierDetection)
    this.cluster.update(config.endpoints ?? [])
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

  /**
   * Sends over the transport of today's config, also for a call that began under another: its own may be closed by the
   * time of a retry.
   */
  readonly send: Handler<ClientCall> = (call) => {
    const transport = this.#transport.current
    if (transport !== undefined) return transport.send(call)
    return Promise.reject(
      new MeshError('ERR_MESH_CLOSED', `the service "${this.name}" is gone`, { service: this.name }),
    )
  }

  /** The breaker of a destination; undefined when none is configured. */
  breaker(destination: string, options: ServiceConfig['circuitBreaker']): Breaker | undefined {
    if (options === undefined) {
      this.#breakers.delete(destination)
      return undefined
    }
    const kept = this.#breakers.ensure(destination, () => new Kept<Breaker>((breaker) => breaker.shutdown()))
    return kept.for(options, () => new Breaker(options, { ...this.#deps, service: destination }))
  }

  /** The permits of a destination; undefined when nothing is limited. */
  limiter(destination: string, options: ServiceConfig['limits']): Limiter | undefined {
    if (options === undefined) {
      this.#limiters.delete(destination)
      return undefined
    }
    return this.#limiters
      .ensure(destination, () => new Kept<Limiter>())
      .for(options, () => new Limiter(options, this.#deps))
  }

  /** The budget that everything retrying towards this service shares. */
  budget(options: NonNullable<ServiceConfig['retry']>['budget']): RetryBudget | undefined {
    if (options === false) return undefined
    return this.#budget.for(options ?? {}, () => new RetryBudget(options ?? {}, this.#deps.clock))
  }

  /** Forgets the state of destinations that no route leads to any more. */
  retainDestinations(names: ReadonlySet<string>): void {
    this.#breakers.retain(names)
    this.#limiters.retain(names)
  }

  /** Breakers by destination, for those who show them. */
  *breakers(): IterableIterator<[string, Breaker]> {
    for (const [name, kept] of this.#breakers.entries()) if (kept.current !== undefined) yield [name, kept.current]
  }

  #retainPools(): void {
    this.#transport.current?.retain(new Set(this.cluster.endpoints))
  }

  #drain(transport: Transport): void {
    const drained = transport.close()
    this.#draining.set(transport, drained)
    void drained.then(() => this.#draining.delete(transport))
  }

  /** Stops timers, lets calls end, and closes every connection. */
  async close(): Promise<void> {
    this.cluster.close()
    this.#breakers.retain(new Set())
    this.#transport.clear()
    await Promise.all(this.#draining.values())
  }

  /** Breaks off what is still under way, on transports that were replaced too. */
  async destroy(): Promise<void> {
    this.ending.cancel(new MeshError('ERR_MESH_CLOSED', 'the mesh is closed', { service: this.name }))
    const { current } = this.#transport
    const transports = [...this.#draining.keys(), ...(current === undefined ? [] : [current])]
    await Promise.all(transports.map((transport) => transport.destroy()))
  }
}
