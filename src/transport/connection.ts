import type { Socket } from 'node:net'
import { Client, type Dispatcher } from 'undici'
import type { Clock } from '../core/clock.js'
import { whenOld } from './aging.js'
import type { Connector } from './connector.js'
import type { Reader } from './intake.js'

/** What the connections of a pool have in common. */
export interface ConnectionOptions {
  readonly origin: URL
  readonly client: Client.Options
  readonly connect: Connector
  /** Age in ms at which a connection is closed, once its call has ended; undefined for any. */
  readonly maxAgeMs: number | undefined
  readonly clock: Clock
}

/** Where a connection belongs. */
export interface Home {
  /** Its exchange has ended, and it may carry another, or is of no more use. */
  released(connection: Connection, usable: boolean): void
  /** It has ended, or shall. */
  lapsed(connection: Connection): void
}

/** An exchange that wants a connection, and says when it needs it no more. */
export interface Passenger extends Dispatcher.DispatchHandler {
  /** Told before its request waits for the connection. */
  board(connection: Connection): void
  /** Reads on, if it has paused. */
  resume(): void
  /** There will be no connection, or undici has failed. */
  onError(error: unknown): void
}

/** A client of undici's that carries one exchange at a time, over one connection and another in its place when that has ended. */
export class Connection extends Client implements Reader {
  readonly #home: Home
  readonly #options: ConnectionOptions
  #socket: Socket | undefined = undefined
  #passenger: Passenger | undefined = undefined
  #replies = 0
  #replying = false
  #old = false

  constructor(options: ConnectionOptions, home: Home) {
    const { connect } = options
    super(options.origin, {
      ...options.client,
      connect: (_target: unknown, callback: Parameters<Connector>[1]) => {
        this.#socket = connect(this, (...result) => {
          if (result[1] !== null) this.#renew(result[1])
          callback(...result)
        })
      },
    })
    this.#home = home
    this.#options = options
    this.on('disconnect', () => home.lapsed(this))
  }

  #renew(socket: Socket): void {
    const { maxAgeMs, clock } = this.#options
    this.#replies = 0
    this.#old = false
    if (maxAgeMs === undefined) return
    whenOld(socket, maxAgeMs, clock, () => {
      this.#old = true
      this.#home.lapsed(this)
    })
  }

  /** Carries a request, and nothing else until its passenger leaves. */
  carry(request: Dispatcher.DispatchOptions, passenger: Passenger): void {
    this.#passenger = passenger
    passenger.board(this)
    this.dispatch(request, passenger)
  }

  /** A reply has begun to come over the connection of today. */
  answered(): void {
    this.#replies++
    this.#replying = true
  }

  get replying(): boolean {
    return this.#replying
  }

  readOn(): void {
    this.#passenger?.resume()
  }

  #leave(usable: boolean): void {
    this.#passenger = undefined
    this.#replying = false
    this.#home.released(this, usable)
  }

  /** Whether replies have come over it already. */
  get kept(): boolean {
    return this.#replies > 0
  }

  /** Whether it can carry an exchange; undici closes some only after it has told of their reply. */
  get usable(): boolean {
    return !this.#old && this.#socket?.destroyed === false
  }

  /** The exchange it carried has ended: with its reply, or before anything of its request was sent. */
  release(): void {
    this.#leave(this.usable)
  }

  /** Breaks off what it carries, and what is still being connected: undici leaves that to its connector. */
  async end(): Promise<void> {
    const ended = this.destroy()
    this.#socket?.destroy()
    await ended
  }

  /** The exchange it carried has ended somewhere between. */
  abandon(): void {
    this.#leave(false)
  }
}
