import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'
import { type Duration, durationMs } from '../core/duration.js'
import { MeshError } from '../core/errors.js'
import type { ServerTls } from '../identity/server-tls.js'
import { sniffTls } from '../identity/sniff-tls.js'
import { drainLimitMs, type ServerCloseOptions } from './close-options.js'
import { Connections } from './connections.js'
import { answerReadiness, asksReadiness, type Readiness } from './readiness.js'

/** A Node request handler. */
export type NodeHandler = (request: http.IncomingMessage, response: http.ServerResponse) => void

/** Where to listen. */
export interface ListenOptions {
  /** Default 0: any free port. */
  port?: number | undefined
  /** Default: all addresses. */
  host?: string | undefined
}

/** What a server does beside handing requests to its application. */
export interface ServerOptions {
  /**
   * Path at which it answers, before every policy, whether it is ready: 200, or 503 from the first moment of a drain.
   * Default: none.
   */
  readinessPath?: string | undefined
  /**
   * An idle connection is closed after this, and answers tell the client so. Default `'65s'`: longer than the minute of
   * most load balancers, and with Node's own 5 s every short pause costs both sides a handshake.
   */
  keepAliveTimeout?: Duration | undefined
}

/** A server that drains. */
export interface MeshServer {
  /** Listens; resolves to the address once connections are accepted. */
  listen(options?: ListenOptions): Promise<AddressInfo>
  /**
   * Takes no new connections, answers what is under way with `Connection: close`, and forces the rest after `timeout`,
   * default `'15s'`. Rejects with a `ConfigError`, and closes nothing, for what is no duration.
   */
  close(options?: ServerCloseOptions): Promise<void>
}

/** What a server is made of. */
export interface MeshServerOptions {
  /** Undefined for plain HTTP. */
  readonly tls: ServerTls | undefined
  readonly handler: NodeHandler
  /** What the handler has to load before it may serve; `listen` waits for it and rejects with it. */
  readonly ready?: (() => PromiseLike<unknown>) | undefined
  /** Default: nobody is told. */
  readonly readiness?: Readiness | undefined
  readonly keepAliveTimeout?: Duration | undefined
}

/**
 * How long a drain leaves idle connections open: a client may be using one at this moment, and its request would be lost.
 * A request that still comes is answered, and told to close; what is idle for so long is hardly in use.
 */
const longestLingerMs = 500

const defaultKeepAliveMs = 65_000

/** Stops listening and resolves when the last connection has ended. An http server's own `close` breaks idle ones off. */
function closeOf(server: net.Server): Promise<void> {
  return new Promise((resolve) => net.Server.prototype.close.call(server, () => resolve()))
}

/**
 * An http(s) server with mutual TLS and rotation by the mesh's identity. `permissive` speaks TLS and plain text on
 * one port. Closing drains: keep-alive connections are told to close, which Node's own `close()` does not do.
 */
export function createMeshServer(options: MeshServerOptions): MeshServer {
  const { tls, handler, ready, readiness } = options
  const keepAliveTimeout = durationMs(options.keepAliveTimeout) ?? defaultKeepAliveMs
  let draining = false
  let lingered = false

  /** The last answer of its connection. */
  function last(response: http.ServerResponse): void {
    if (!response.headersSent) response.setHeader('connection', 'close')
    // Its headers may have gone out before the drain began, and promised to keep the connection.
    response.on('close', () => lingered && connections.closeIdle())
  }

  function serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    connections.used(request.socket, response)
    if (draining) last(response)
    if (readiness !== undefined && asksReadiness(request.url ?? '', readiness.path))
      answerReadiness(response, draining ? { ready: false, reasons: ['draining'] } : readiness.health())
    else handler(request, response)
  }

  const plain = tls?.mode === 'strict' ? undefined : http.createServer({ keepAliveTimeout }, serve)
  const secure =
    tls === undefined ? undefined : https.createServer({ ...tls.options('attached'), keepAliveTimeout }, serve)
  const detach = secure === undefined ? undefined : tls?.attach(secure)
  const servers = [plain, secure].filter((server) => server !== undefined)
  const front = frontOf(plain, secure)
  const connections = new Connections(front, servers)

  return {
    async listen({ port, host } = {}) {
      await ready?.()
      if (draining) throw new MeshError('ERR_MESH_CLOSED', 'the server is closed')
      return new Promise((resolve, reject) => {
        front.once('error', reject)
        front.listen({ port: port ?? 0, ...(host === undefined ? {} : { host }) }, () => {
          front.off('error', reject)
          const address = front.address()
          if (address === null || typeof address === 'string') reject(new MeshError('ERR_MESH_INTERNAL', 'no address'))
          else resolve(address)
        })
      })
    },
    async close(options = {}) {
      const limitMs = drainLimitMs(options)
      draining = true
      for (const response of [...connections.underWay()]) last(response)
      const lingerMs = Math.min(longestLingerMs, limitMs / 10)
      const since = performance.now()
      await connections.backlogAccepted(lingerMs)
      const closed = Promise.all([...new Set<net.Server>([front, ...servers])].map(closeOf))
      // Again and again: one becomes idle too when its request was answered before it had all arrived.
      const linger = setInterval(() => {
        lingered = true
        connections.closeIdle()
      }, lingerMs)
      const force = setTimeout(() => connections.closeAll(), limitMs - (performance.now() - since))
      await closed
      clearInterval(linger)
      clearTimeout(force)
      for (const server of servers) server.close()
      detach?.()
    },
  }
}

/** The socket that listens: the server itself, or for two of them a sniffer before both. */
function frontOf(plain: http.Server | undefined, secure: https.Server | undefined): net.Server {
  if (plain === undefined || secure === undefined) {
    const only = plain ?? secure
    if (only === undefined) throw new TypeError('a server speaks TLS, plain text, or both')
    return only
  }
  const front = net.createServer({ allowHalfOpen: true, noDelay: true })
  // They get their connections from the front, but begin to watch them - for time-outs, for the drain - only at this.
  plain.emit('listening')
  secure.emit('listening')
  sniffTls(front, {
    onTls: (socket) => secure.emit('connection', socket),
    onPlain: (socket) => plain.emit('connection', socket),
  })
  return front
}
