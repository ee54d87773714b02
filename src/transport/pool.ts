import { Readable } from 'node:stream'
import { type Dispatcher, errors } from 'undici'
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
    if (this.#closing) {
      passenger.onError(new errors.ClientClosedError())
      return
    }
    const connection = this.#waiting.size > 0 ? undefined : this.#free()
    if (connection === undefined) this.#waiting.set(passenger, request)
    else connection.carry(request, passenger)
  }

  /** A passenger waits no more; a body that undici never saw is put away. */
  leave(passenger: Passenger): void {
    const body = this.#waiting.get(passenger)?.body
    if (this.#waiting.delete(passenger) && body instanceof Readable) body.destroy()
  }

  #free(): Connection | undefined {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      if (idle.usable) return idle
      void this.#discard(idle)
    }
    if (this.#connections.size >= this.#limit) return undefined
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
    await connection.end()
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
    for (const passenger of waiting) this.leave(passenger)
    const ended = this.close()
    for (const passenger of waiting) passenger.onError(new errors.ClientDestroyedError())
    for (const connection of this.#connections) void this.#discard(connection)
    await ended
  }
}
