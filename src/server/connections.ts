import type { Server as HttpServer } from 'node:http'
import type { Server, Socket } from 'node:net'

/**
 * The connections of a server while it drains. Node's own `closeIdleConnections` and `closeAllConnections` know nothing of
 * one that has sent no request yet: a prober's, a load balancer's in reserve, one in its TLS handshake.
 */
export class Connections {
  readonly #servers: readonly HttpServer[]
  /** As accepted; what TLS makes of them ends with them. */
  readonly #accepted = new Set<Socket>()
  /** Those that could begin a request, with the bytes they had received by then. */
  readonly #unused = new Map<Socket, number>()

  /** Watches what `front` accepts for `servers`, of which it may be one. */
  constructor(front: Server, servers: readonly HttpServer[]) {
    this.#servers = servers
    front.prependListener('connection', (socket: Socket) => {
      this.#accepted.add(socket)
      socket.once('close', () => this.#accepted.delete(socket))
      this.#watch(socket)
    })
    for (const server of servers) {
      server.on('secureConnection', (socket: Socket) => this.#watch(socket))
      server.on('request', ({ socket }: { socket: Socket }) => this.#unused.delete(socket))
    }
  }

  #watch(socket: Socket): void {
    this.#unused.set(socket, socket.bytesRead)
    socket.once('close', () => this.#unused.delete(socket))
  }

  /** Ends those on which no request has begun. */
  closeIdle(): void {
    for (const server of this.#servers) server.closeIdleConnections()
    for (const [socket, bytes] of this.#unused) if (socket.bytesRead === bytes) socket.destroy()
  }

  /** Ends all of them, whatever they do. */
  closeAll(): void {
    for (const socket of this.#accepted) socket.destroy()
  }
}
