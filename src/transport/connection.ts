import type { Socket } from 'node:net'
import { Client } from 'undici'
import type { Clock } from '../core/clock.js'
import { whenOld } from './aging.js'
import type { Connector } from './connector.js'

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

/** A client of undici's that carries one exchange at a time, over one connection and another in its place when that has ended. */
export class Connection extends Client {
  readonly #home: Home
  readonly #options: ConnectionOptions
  #socket: Socket | undefined = undefined
  #replies = 0
  #old = false

  constructor(options: ConnectionOptions, home: Home) {
    const { connect } = options
    super(options.origin, {
      ...options.client,
      connect: (target: unknown, callback: Parameters<Connector>[1]) => {
        connect(target, (...result) => {
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
    this.#socket = socket
    this.#replies = 0
    this.#old = false
    if (maxAgeMs === undefined) return
    whenOld(socket, maxAgeMs, clock, () => {
      this.#old = true
      this.#home.lapsed(this)
    })
  }

  /** A reply has begun to come over the connection of today. */
  answered(): void {
    this.#replies++
  }

  /** Whether replies have come over it already. */
  get kept(): boolean {
    return this.#replies > 0
  }

  /** The exchange it carried has ended: with its reply, or before anything of its request was sent. */
  release(): void {
    this.#home.released(this, !this.#old && this.#socket?.destroyed === false)
  }

  /** The exchange it carried has ended somewhere between. */
  abandon(): void {
    this.#home.released(this, false)
  }
}
