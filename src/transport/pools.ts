import { Pool } from 'undici'
import type { Clock, Timer } from '../core/clock.js'
import type { EndpointRef } from '../core/endpoint.js'
import type { TlsClient, TlsContext } from '../core/tls.js'
import { createConnector } from './connector.js'

/** What the pools of one service have in common. */
export interface PoolOptions {
  /** TLS towards an endpoint; undefined for plain TCP. */
  readonly tls: (endpoint: EndpointRef) => TlsClient | undefined
  /** Connections an endpoint may have; undefined for no limit. */
  readonly maxConnections: number | undefined
  readonly connectTimeoutMs: number
  /** A pool without calls for this long is closed. */
  readonly idleMs: number
  readonly clock: Clock
  readonly onConnected: (endpoint: EndpointRef) => void
}

interface Entry {
  readonly pool: Pool
  readonly generation: string
  /** Changes whenever the pool is used; compared by the idle sweep. */
  uses: number
  seen: number
}

/**
 * One undici `Pool` for each endpoint and credential generation: made at the endpoint's first pick, closed when idle,
 * when the endpoint leaves, or when credentials change. The old pool drains, the new one starts without TLS sessions.
 */
export class EndpointPools {
  readonly #options: PoolOptions
  readonly #entries = new Map<EndpointRef, Entry>()
  readonly #draining = new Set<Promise<void>>()
  #sweep: Timer | undefined = undefined

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Pools that are open. */
  get size(): number {
    return this.#entries.size
  }

  /** The pool for calls to an endpoint, with today's credentials. */
  acquire(endpoint: EndpointRef): Pool {
    const context = this.#options.tls(endpoint)?.current()
    const generation = context?.generation ?? ''
    let entry = this.#entries.get(endpoint)
    if (entry === undefined || entry.generation !== generation) {
      if (entry !== undefined) this.#retire(entry)
      entry = this.#open(endpoint, context)
    }
    entry.uses++
    return entry.pool
  }

  #open(endpoint: EndpointRef, context: TlsContext | undefined): Entry {
    const { clock, connectTimeoutMs, maxConnections, onConnected } = this.#options
    const connect = createConnector({
      endpoint,
      tls: context,
      connectTimeoutMs,
      clock,
      onConnected: () => onConnected(endpoint),
    })
    const pool = new Pool(endpoint.origin, {
      connect,
      allowH2: false,
      pipelining: 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      ...(maxConnections === undefined ? {} : { connections: maxConnections }),
    })
    const entry: Entry = { pool, generation: context?.generation ?? '', uses: 0, seen: -1 }
    this.#entries.set(endpoint, entry)
    this.#sweep ??= clock.setTimer(this.#closeIdle, this.#options.idleMs)
    return entry
  }

  #retire(entry: Entry): void {
    const closing = entry.pool.close().catch(() => {})
    this.#draining.add(closing)
    void closing.then(() => this.#draining.delete(closing))
  }

  readonly #closeIdle = (): void => {
    this.#sweep = undefined
    for (const [endpoint, entry] of this.#entries) {
      if (entry.uses === entry.seen && entry.pool.stats.size === 0) {
        this.#entries.delete(endpoint)
        this.#retire(entry)
      }
      entry.seen = entry.uses
    }
    if (this.#entries.size > 0) this.#sweep = this.#options.clock.setTimer(this.#closeIdle, this.#options.idleMs)
  }

  /** Drains the pools of endpoints that left. */
  retain(endpoints: ReadonlySet<EndpointRef>): void {
    for (const [endpoint, entry] of this.#entries)
      if (!endpoints.has(endpoint)) {
        this.#entries.delete(endpoint)
        this.#retire(entry)
      }
  }

  /** Lets calls end and closes every pool. */
  async close(): Promise<void> {
    this.#sweep?.cancel()
    this.#sweep = undefined
    this.retain(new Set())
    await Promise.all(this.#draining)
  }

  /** Breaks every connection off, calls in flight included. */
  async destroy(): Promise<void> {
    this.#sweep?.cancel()
    this.#sweep = undefined
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    await Promise.all(entries.map((entry) => entry.pool.destroy()))
  }
}
