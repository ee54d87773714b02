import net from 'node:net'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import type { Clock, Timer } from '../core/clock.js'
import { maxTimerMs } from '../core/duration.js'
import type { EndpointRef } from '../core/endpoint.js'
import { MeshError } from '../core/errors.js'
import { nodeTls } from '../core/node-tls.js'
import { ownExpiry } from '../core/stale.js'
import { messageOf } from '../core/thrown.js'
import type { TlsContext } from '../core/tls.js'
import { ConnectFailure } from './connect-failure.js'
import { connectionLoss, tellLosses } from './connection-loss.js'
import { Intake, type Reader } from './intake.js'

/** How connections to one endpoint are made. */
export interface ConnectorOptions {
  readonly endpoint: EndpointRef
  /** Undefined: plain TCP. */
  readonly tls: TlsContext | undefined
  readonly connectTimeoutMs: number
  /** Whether TCP probes go out, and after how much silence the first. */
  readonly keepAlive: boolean
  readonly keepAliveMs: number
  readonly clock: Clock
  /** Told of every connection that was established. */
  readonly onConnected: () => void
}

type Done = (...result: [null, net.Socket] | [Error, null]) => void
/**
 * Connects, for somebody who reads from the connection: undici's connect function, but for its first parameter. Whoever
 * destroys the socket that it returns gives up.
 */
export type Connector = (reader: Reader, callback: Done) => net.Socket

function failure(error: unknown, encrypted: boolean, tcpUp: boolean): Error {
  if (error instanceof MeshError) return error
  const text = messageOf(error)
  if (encrypted && tcpUp)
    return new ConnectFailure(
      'ERR_MESH_TLS',
      `TLS handshake failed: ${text}`,
      'remote connection failure',
      'handshake',
      error,
    )
  return new ConnectFailure(
    'ERR_MESH_CONNECT',
    text === '' ? 'connection failed' : text,
    'remote connection failure',
    'connect',
    error,
  )
}

/** Our own certificate has ended, which is nobody's fault but ours. */
function ownExpired(): MeshError {
  const details = { detail: ownExpiry, phase: 'connect', origin: 'local', retryable: false } as const
  return new MeshError('ERR_MESH_TLS', 'our own certificate has expired', details)
}

/** Closes the socket when a certificate ends: a live connection must not outlast the identities at its ends. */
function closeAtExpiry(socket: TLSSocket, end: number, context: TlsContext, clock: Clock): void {
  let timer: Timer | undefined
  function wait(): void {
    const left = end - clock.wallNow()
    if (left <= 0) socket.destroy(end === context.ownNotAfter ? ownLoss() : connectionLoss(expired))
    else timer = clock.setTimer(wait, Math.min(left, maxTimerMs))
  }
  wait()
  socket.once('close', () => timer?.cancel())
}

const expired = "the peer's certificate has expired"

function ownLoss(): Error {
  const cause = ownExpired()
  return connectionLoss(cause.message, cause)
}

/** Why a connection may not be used, by the certificate that its peer has shown; else it ends with that. */
function judged(socket: TLSSocket, context: TlsContext, clock: Clock): Error | null {
  const refused = context.verify?.(socket)
  if (refused !== undefined) return refused
  const notAfter = context.notAfter?.(socket)
  if (notAfter === undefined) return null
  if (notAfter <= clock.wallNow()) return failure(new Error(expired), true, true)
  closeAtExpiry(socket, notAfter, context, clock)
  return null
}

/** What TLS asks for: an address is no server name, but may have one. */
function serverName({ host, hostname = host }: EndpointRef): string {
  if (net.isIP(host) === 0) return host
  return net.isIP(hostname) === 0 ? hostname : ''
}

/** Node's own question, where `verify` asks more: signatures are checked once a handshake, not twice. */
function judgedByVerify(): undefined {
  return undefined
}

function tlsOptions(context: TlsContext): ConnectionOptions {
  return context.verify === undefined ? context.options : { ...context.options, checkServerIdentity: judgedByVerify }
}

/**
 * Makes the connect function of a pool. No TLS session is ever resumed: a resumed one keeps the old identity and skips
 * the identity check. The peer is verified before a byte of a request is written.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const { endpoint, tls: context, clock } = options
  const secure = context === undefined ? undefined : tlsOptions(context)

  return function connect(reader, callback) {
    // A peer would refuse it, and some say so after the handshake only: no endpoint is to be blamed for that.
    if (context?.ownNotAfter !== undefined && context.ownNotAfter <= clock.wallNow()) {
      process.nextTick(callback, ownExpired(), null)
      return new net.Socket().destroy()
    }
    // Never left to undici, which would take it from a Host header.
    const servername = serverName(endpoint)
    const intake = new Intake(reader)
    const address = {
      onread: intake.onread,
      host: endpoint.address ?? endpoint.host,
      port: endpoint.port,
      highWaterMark: 64 * 1024,
      keepAlive: options.keepAlive,
      keepAliveInitialDelay: options.keepAliveMs,
      noDelay: true,
    }
    const socket = secure === undefined ? net.connect(address) : nodeTls.connect({ ...address, servername, ...secure })
    intake.feed(socket)
    let tcpUp = false
    let settled = false

    function settle(error: Error | null): void {
      if (settled) return
      settled = true
      timer.cancel()
      if (error === null) {
        tellLosses(socket)
        options.onConnected()
        callback(null, socket)
      } else {
        socket.destroy()
        callback(error, null)
      }
    }

    const timer = clock.setTimer(function connectTimedOut() {
      const text = `no ${tcpUp ? 'TLS handshake' : 'connection'} within ${options.connectTimeoutMs} ms`
      const phase = tcpUp ? 'handshake' : 'connect'
      settle(new ConnectFailure('ERR_MESH_CONNECT_TIMEOUT', text, 'connection timeout', phase))
    }, options.connectTimeoutMs)

    socket.once('connect', () => {
      tcpUp = true
      if (context === undefined) settle(null)
    })
    socket.on('error', (error) => settle(failure(error, context !== undefined, tcpUp)))
    socket.once('close', () => {
      if (!settled) settle(failure(new Error('closed by the peer'), context !== undefined, tcpUp))
    })
    if (context !== undefined && socket instanceof nodeTls.TLSSocket) {
      socket.once('secureConnect', () => settle(judged(socket, context, clock)))
    }
    return socket
  }
}
