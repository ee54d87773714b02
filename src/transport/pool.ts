import type { Dispatcher } from 'undici'
import { MeshError } from '../core/errors.js'
import { Connection, type ConnectionOptions, type Home, type Passenger } from './connection.js'

/**
 * The connections to one endpoint, each with one exchange at a time: the one that was freed last carries the next, so
 * that those which are not needed go idle and end. Where no more may be opened, exchanges wait in their order.
 */
export class Pool implements Home {
  readonly #options: ConnectionOptions
  readonly #limit: number
  readonly #connections = new Set<Connection>()
  readonly #idle: Connection[] = []
  readonly #waiting = new Map<Passenger, Dispatcher.DispatchOptions>()
  #closing = false
  #end: () => void = () => {}
  readonly #ended = new Promise<void>((resolve) => {
    this.#end = resolve
  })

  constructor(options: ConnectionOptions, limit: number) {
    this.#options = options
    this.#limit = limit
  }

  /** Whether it has neither calls nor connections. */
  get empty(): boolean {
    return this.#connections.size === 0 && this.#waiting.size === 0
  }

  /** Sends a request, now or when there is a connection for it. */
  send(request: Dispatcher.DispatchOptions, passenger: Passenger): void {
    const connection = this.#waiting.size > 0 ? undefined : this.#free()
    if (connection === undefined) this.#waiting.set(passenger, request)
    else connection.carry(request, passenger)
  }

  /** A passenger waits no more. */
  leave(passenger: Passenger): void {
    this.#waiting.delete(passenger)
  }

  #free(): Connection | undefined {
    const idle = this.#idle.pop()
    if (idle !== undefined || this.#connections.size >= this.#limit) return idle
    const connection = new Connection(this.#options, this)
    this.#connections.add(connection)
    return connection
  }

  released(connection: Connection, usable: boolean): void {
    if (!usable || (this.#closing && this.#waiting.size === 0)) {
      void this.#discard(connection)
      return
    }
    this.#idle.push(connection)
    // Not at once: undici looks at what comes unasked over a connection only when nothing waits for it.
    if (this.#waiting.size > 0) queueMicrotask(this.#serve)
  }

  lapsed(connection: Connection): void {
    const place = this.#idle.indexOf(connection)
    if (place === -1) return
    this.#idle.splice(place, 1)
    void this.#discard(connection)
  }

  readonly #serve = (): void => {
    for (const [passenger, request] of this.#waiting) {
      const connection = this.#free()
      if (connection === undefined) return
      this.#waiting.delete(passenger)
      connection.carry(request, passenger)
    }
    if (this.#closing) for (const connection of this.#idle.splice(0)) void this.#discard(connection)
  }

  async #discard(connection: Connection): Promise<void> {
    await connection.destroy()
    if (!this.#connections.delete(connection)) return
    this.#serve()
    if (this.#closing && this.empty) this.#end()
  }

  /** Lets the calls that it has end, and closes every connection. */
  close(): Promise<void> {
    this.#closing = true
    this.#serve()
    if (this.empty) this.#end()
    return this.#ended
  }

  /** Breaks every call off. */
  async destroy(): Promise<void> {
    const waiting = [...this.#waiting.keys()]
    this.#waiting.clear()
    const ended = this.close()
    for (const passenger of waiting)
      passenger.onError(new MeshError('ERR_MESH_CLOSED', 'the connections were broken off'))
    for (const connection of this.#connections) void this.#discard(connection)
    await ended
  }
}
