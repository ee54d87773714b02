import { Client, type Dispatcher } from 'undici'
import type { Connector } from './connector.js'

/** Makes the clients of a pool. */
export type ClientFactory = (origin: URL, options: Client.Options) => Connection

/** A handler that wants to know which connection it is on. */
export interface Passenger {
  /** Told before the request waits for the connection. */
  board(connection: Connection): void
}

function isPassenger(handler: object): handler is Passenger {
  return 'board' in handler
}

/** A client of a pool: one connection at a time, and another in its place when it has ended. */
export class Connection extends Client {
  #replies = 0

  /** A reply has begun to come over the connection of today. */
  answered(): void {
    this.#replies++
  }

  /** Whether replies have come over it already. */
  get kept(): boolean {
    return this.#replies > 0
  }

  /** There is another connection. */
  renew(): void {
    this.#replies = 0
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if (isPassenger(handler)) handler.board(this)
    return super.dispatch(options, handler)
  }
}

/** Makes clients that know their connections. */
export function connectionsBy(connect: Connector): ClientFactory {
  return function connection(origin, options) {
    const made = new Connection(origin, {
      ...options,
      connect(target: unknown, callback: Parameters<Connector>[1]) {
        connect(target, (...result) => {
          if (result[1] !== null) made.renew()
          callback(...result)
        })
      },
    })
    return made
  }
}
