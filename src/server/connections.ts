import type { Server as HttpServer, ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { closeWithConnection, queuedOn } from './pipelined.js'

/** Node notes on each connection the response that is under way on it. */
interface Carrier extends Socket {
  readonly _httpMessage?: ServerResponse | null
}

/**
 * The connections of a server while it drains. Node's own `closeIdleConnections` and `closeAllConnections` know nothing of
 * one that has sent no request yet: a prober's, a load balancer's in reserve, one in its TLS handshake.
 */
export class Connections {
  readonly #servers: readonly HttpServer[]
  /** As accepted; what TLS makes of them ends with them. */
  readonly #accepted = new Set<Socket>()
  /** Those that carry requests: accepted ones, or what TLS has made of them. */
  readonly #carriers = new Set<Carrier>()
  /** Those that could begin a request, with the bytes they had received by then. */
  readonly #unused = new Map<Socket, number>()
  #acceptedEver = 0

  /** Watches what `front` accepts for `servers`, of which it may be one. */
  constructor(front: Server, servers: readonly HttpServer[]) {
    this.#servers = servers
    front.prependListener('connection', (socket: Socket) => {
      this.#acceptedEver += 1
      this.#accepted.add(socket)
      socket.once('close', () => this.#accepted.delete(socket))
      this.#watch(socket)
    })
    for (const server of servers) server.on('secureConnection', (socket: Socket) => this.#watch(socket))
  }

  #watch(socket: Socket): void {
    this.#carriers.add(socket)
    this.#unused.set(socket, socket.bytesRead)
    socket.once('close', () => {
      this.#carriers.delete(socket)
      this.#unused.delete(socket)
    })
  }

  /** A request has begun on this one. */
  used(socket: Socket, response: ServerResponse): void {
    this.#unused.delete(socket)
    closeWithConnection(socket, response)
  }

  /**
   * The responses that have not ended. They are found where Node keeps them: a set of them, changed by every request,
   * would leave a trail of old tables that keeps what they held from the young collector.
   */
  *underWay(): IterableIterator<ServerResponse> {
    for (const carrier of this.#carriers) {
      if (carrier._httpMessage) yield carrier._httpMessage
      for (const response of queuedOn(carrier)) if (response !== carrier._httpMessage) yield response
    }
  }

  /**
   * Resolves when the system holds none that has yet to be accepted, or after `limitMs`. What it still holds as the listening
   * socket closes it resets, and the client, whose request may be on its way, cannot know that nobody has read it.
   */
  async backlogAccepted(limitMs: number): Promise<void> {
    const since = performance.now()
    // What is left of this turn may have been polled long ago, and Node accepts one in a turn.
    await nextTurn()
    let before: number
    do {
      before = this.#acceptedEver
      await nextTurn()
    } while (this.#acceptedEver > before && performance.now() - since < limitMs)
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
