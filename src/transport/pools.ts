import { channel } from 'node:diagnostics_channel'
import type { Clock, Timer } from '../core/clock.js'
import type { EndpointRef } from '../core/endpoint.js'
import { MeshError } from '../core/errors.js'
import type { TlsClient, TlsContext } from '../core/tls.js'
import { createConnector } from './connector.js'
import type { ConnectionSettings } from './options.js'
import { Pool } from './pool.js'

/** What the pools of one service have in common. */
export interface PoolOptions {
  /** TLS towards an endpoint; undefined for plain TCP. */
  readonly tls: (endpoint: EndpointRef) => TlsClient | undefined
  /** Connections an endpoint may have; `Infinity` for any number. */
  readonly maxConnections: number
  readonly connections: ConnectionSettings
  readonly connectTimeoutMs: number
  /** A pool without calls and connections for this long is closed. */
  readonly idleMs: number
  readonly clock: Clock
  readonly onConnected: (endpoint: EndpointRef) => void
}

/** The connections to an endpoint, as an exchange over one of them sees them. */
export interface Lane {
  /** Replies that have come over them. */
  answers: number
  /** The Host header that they write where a request brings none; undefined when it may not be the one that is wanted. */
  readonly authority: string | undefined
  /** Opens new ones for the calls to come; those of today end with their calls. */
  retire(): void
  /** What they are in. */
  readonly pool: Pool
}

interface Entry extends Lane {
  readonly generation: string
  /** The name that the peers of its connections have proven. */
  readonly hostname: string | undefined
  /** Changes whenever the pool is used; compared by the idle sweep. */
  uses: number
  seen: number
}

/** Who listens here wants to know where exchanges really go: OpenTelemetry's instrumentation of undici does. */
const watched = [channel('undici:request:create'), channel('undici:client:beforeConnect')]

/**
 * An origin whose Host header undici writes exactly so: it costs a header less than one that every request brings along.
 * Where connections really lead is the connector's business.
 */
function originNaming({ scheme }: EndpointRef, authority: string): string | undefined {
  if (watched.some(({ hasSubscribers }) => hasSubscribers)) return undefined
  const origin = `${scheme}://${authority}`
  try {
    return new URL(origin).host === authority ? origin : undefined
  } catch {
    return undefined
  }
}

/**
 * One pool for each endpoint and credential generation: made at the endpoint's first pick, closed when its
 * last connection has gone idle, when the endpoint leaves, or when credentials change. The old pool drains, the new one starts without TLS sessions.
 */
export class EndpointPools {
  readonly #options: PoolOptions
  readonly #entries = new Map<EndpointRef, Entry>()
  readonly #draining = new Set<Pool>()
  #sweep: Timer | undefined = undefined
  #destroyed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** Pools that are open. */
  get size(): number {
    return this.#entries.size
  }

  /** The pool for calls to an endpoint, with today's credentials. Throws `ERR_MESH_CLOSED` after `destroy`. */
  acquire(endpoint: EndpointRef, authority: string): Lane {
    if (this.#destroyed) throw new MeshError('ERR_MESH_CLOSED', 'the connections were broken off')
    const context = this.#options.tls(endpoint)?.current()
    const generation = context?.generation ?? ''
    let entry = this.#entries.get(endpoint)
    const renamed = context !== undefined && entry?.hostname !== endpoint.hostname
    if (entry === undefined || entry.generation !== generation || renamed) {
      if (entry !== undefined) this.#drain(entry.pool)
      entry = this.#open(endpoint, authority, context)
    }
    entry.uses++
    return entry
  }

  /** A connection of its own for one call to an endpoint; to be retired as soon as it has the call. */
  single(endpoint: EndpointRef): Lane {
    if (this.#destroyed) throw new MeshError('ERR_MESH_CLOSED', 'the connections were broken off')
    const pool = this.#poolTo(endpoint, endpoint.origin, this.#options.tls(endpoint)?.current())
    return { pool, answers: 0, authority: undefined, retire: () => this.#drain(pool) }
  }

  #poolTo(endpoint: EndpointRef, origin: string, context: TlsContext | undefined): Pool {
    const { clock, connectTimeoutMs, maxConnections, onConnected, connections } = this.#options
    const { idleMs, maxAgeMs, maxRequests, keepAlive, keepAliveMs } = connections
    const connect = createConnector({
      endpoint,
      tls: context,
      connectTimeoutMs,
      keepAlive,
      keepAliveMs,
      clock,
      onConnected: () => onConnected(endpoint),
    })
    const client = {
      allowH2: false,
      // 0 announces the end of the connection with every call.
      pipelining: maxRequests === 1 ? 0 : 1,
      headersTimeout: 0,
      bodyTimeout: 0,
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      // undici lets one call more go before it announces the end.
      ...(maxRequests > 1 ? { maxRequestsPerClient: maxRequests - 1 } : {}),
    }
    return new Pool({ origin: new URL(origin), client, connect, maxAgeMs, clock }, maxConnections)
  }

  #open(endpoint: EndpointRef, asked: string, context: TlsContext | undefined): Entry {
    const named = originNaming(endpoint, asked)
    const pool = this.#poolTo(endpoint, named ?? endpoint.origin, context)
    const authority = named === undefined ? undefined : asked
    const generation = context?.generation ?? ''
    const retire = (): void => {
      if (this.#entries.get(endpoint) !== entry) return
      this.#entries.delete(endpoint)
      this.#drain(entry.pool)
    }
    const { hostname } = endpoint
    const entry: Entry = { pool, generation, hostname, authority, uses: 0, seen: -1, answers: 0, retire }
    this.#entries.set(endpoint, entry)
    this.#sweep ??= this.#options.clock.setTimer(this.#closeIdle, this.#options.idleMs)
    return entry
  }

  #drain(pool: Pool): void {
    this.#draining.add(pool)
    void pool.close().then(() => this.#draining.delete(pool))
  }

  readonly #closeIdle = (): void => {
    this.#sweep = undefined
    for (const [endpoint, entry] of this.#entries) {
      if (entry.uses === entry.seen && entry.pool.empty) {
        this.#entries.delete(endpoint)
        this.#drain(entry.pool)
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
        this.#drain(entry.pool)
      }
  }

  /** Lets calls end and closes every pool. */
  async close(): Promise<void> {
    this.#sweep?.cancel()
    this.#sweep = undefined
    this.retain(new Set())
    await Promise.all([...this.#draining].map((pool) => pool.close()))
  }

  /** Breaks every connection off, calls in flight and pools that drain included, and opens no more. */
  async destroy(): Promise<void> {
    this.#destroyed = true
    this.#sweep?.cancel()
    this.#sweep = undefined
    this.retain(new Set())
    await Promise.all([...this.#draining].map((pool) => pool.destroy()))
  }
}
