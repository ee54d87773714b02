import { Readable } from 'node:stream'
import type { ClientCall } from '../core/call.js'
import { type Clock, systemClock } from '../core/clock.js'
import { ConfigError } from '../core/config-error.js'
import type { EndpointRef } from '../core/endpoint.js'
import { Observer } from '../core/observer.js'
import type { Reply } from '../core/reply.js'
import { freshConnection } from '../core/stale.js'
import { type Teller, telling } from '../core/teller.js'
import type { TlsClient, TlsContext } from '../core/tls.js'
import { tellFailure } from '../core/visit.js'
import { Exchange } from './exchange.js'
import { type ConnectionPoolOptions, connectionSettings } from './options.js'
import { EndpointPools, type Lane } from './pools.js'
import { wireRequest } from './wire-request.js'

/** Settings of the transport of one service. */
export interface TransportOptions {
  /** Name for events and errors. Default none. */
  service?: string | undefined
  /** TLS towards an endpoint. Default: for `https` endpoints, verified by host name against the system's roots. */
  tls?: ((endpoint: EndpointRef) => TlsClient | undefined) | undefined
  /** How long connections live. */
  connections?: ConnectionPoolOptions | undefined
  /** Connections an endpoint may have; 0 (default) for any number. */
  maxConnections?: number | undefined
  /** ms. Default 10,000, as Istio's. */
  connectTimeoutMs?: number | undefined
  /** ms without a byte after which an exchange fails; 0 (default) for never. */
  idleTimeoutMs?: number | undefined
  /** A kept connection that ends as it is used speaks against its endpoint, as Envoy has it. Default false. */
  blameStale?: boolean | undefined
  /** ms after which a pool without calls and connections is forgotten. Default 60,000. */
  idlePoolMs?: number | undefined
  /** Default: this machine's. */
  clock?: Clock | undefined
  /** Is told every connection. Default: nobody. */
  observer?: Observer | undefined
}

/** The end of every client chain: sends a call to the endpoint that was picked for it. */
export interface Transport {
  readonly send: Teller<ClientCall>
  /** Drains the pools of endpoints that left. */
  retain(endpoints: ReadonlySet<EndpointRef>): void
  /** How many pools there are. */
  openPools(): number
  /** Lets calls in flight end, then closes every connection. */
  close(): Promise<void>
  /** Breaks calls in flight off. */
  destroy(): Promise<void>
}

const systemContext: TlsContext = {
  generation: 'system',
  options: { minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] },
}
const systemTls: TlsClient = { current: () => systemContext }

function connectionLimit(most = 0): number {
  if (!Number.isInteger(most) || most < 0)
    throw new ConfigError([{ path: 'maxConnections', message: `must be a whole number from 0 (got ${most})` }])
  return most === 0 ? Number.POSITIVE_INFINITY : most
}

/**
 * Makes a transport over undici's dispatch with our own handler: no `undici.request`, no `undici.fetch`. Throws a
 * `ConfigError` for a limit that is none.
 */
export function createTransport(options: TransportOptions = {}): Transport {
  const clock = options.clock ?? systemClock
  const observer = options.observer ?? new Observer()
  const service = options.service ?? ''
  const idleTimeoutMs = options.idleTimeoutMs ?? 0
  const blameStale = options.blameStale ?? false
  const pools = new EndpointPools({
    tls: options.tls ?? ((endpoint) => (endpoint.scheme === 'https' ? systemTls : undefined)),
    connections: connectionSettings(options.connections),
    maxConnections: connectionLimit(options.maxConnections),
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    idleMs: options.idlePoolMs ?? 60_000,
    clock,
    onConnected: (endpoint) => observer.emit('connection', { service, endpoint: endpoint.id }),
  })

  function dispatch(exchange: Exchange, lane: Lane): void {
    const request = wireRequest(exchange.call, lane, idleTimeoutMs)
    if (request.body instanceof Readable) exchange.watch(request.body)
    exchange.take(lane)
    lane.pool.send(request, exchange)
  }

  /** Over a connection of its own, that carries nothing else. */
  function dispatchAlone(exchange: Exchange, endpoint: EndpointRef): void {
    const lane = pools.single(endpoint)
    try {
      dispatch(exchange, lane)
    } finally {
      lane.retire()
    }
  }

  return {
    send: telling(function transport(call: ClientCall, visit) {
      if (call.cancelled) return tellFailure(call.reason, visit)
      const endpoint = call.endpoint
      if (endpoint === undefined) return tellFailure(new TypeError('the transport needs call.endpoint'), visit)
      return new Promise<Reply>((resolve, reject) => {
        const exchange = new Exchange(call, blameStale, visit, resolve, reject)
        call.attach(exchange)
        try {
          if (call.peek(freshConnection) === true) dispatchAlone(exchange, endpoint)
          else dispatch(exchange, pools.acquire(endpoint, call.authority))
        } catch (error) {
          exchange.onError(error)
        }
      })
    }),
    retain: (endpoints) => pools.retain(endpoints),
    openPools: () => pools.size,
    close: () => pools.close(),
    destroy: () => pools.destroy(),
  }
}
