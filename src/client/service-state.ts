import { Cluster } from '../cluster/index.js'
import type { ServiceConfig } from '../config/service.js'
import { durationMs } from '../core/duration.js'
import type { EndpointRef } from '../core/endpoint.js'
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
  readonly #deps: ClientDeps
  readonly #closing = new Set<Promise<void>>()
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

  /** The transport of today's config. */
  get transport(): Transport {
    const transport = this.#transport.current
    if (transport === undefined) throw new Error(`the service "${this.name}" is not configured`)
    return transport
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
    const closing = transport.close()
    this.#closing.add(closing)
    void closing.then(() => this.#closing.delete(closing))
  }

  /** Stops timers, lets calls end, and closes every connection. */
  async close(): Promise<void> {
    this.cluster.close()
    this.#breakers.retain(new Set())
    this.#transport.clear()
    await Promise.all(this.#closing)
  }

  /** Breaks off what is still under way. */
  async destroy(): Promise<void> {
    await this.#transport.current?.destroy()
  }
}
