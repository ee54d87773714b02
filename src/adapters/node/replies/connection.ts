import { AsyncResource } from 'node:async_hooks'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ReplyBatch, Writer } from './batch.js'

/** Node notes on each connection the reply that is under way on it: an upgraded one has none. */
export interface Carrier extends Socket {
  readonly _httpMessage?: ServerResponse | null
}

const manual = { requireManualDestroy: true }

/**
 * A connection whose replies wait for the end of their turn. Node corks a connection for each write of a reply and uncorks
 * it after that: what would be written then stays corked until the batch writes it, or the connection ends. All else -
 * `writableEnded`, `finish`, `drain` - goes by the stream's own rules for corked data.
 */
export class BatchedConnection implements Writer {
  readonly #socket: Carrier
  readonly #batch: ReplyBatch
  readonly #uncork: () => void
  /** Where the last of what waits was written: `finish` and callbacks are to find the caller's stores. Undefined: nothing waits. */
  #context: AsyncResource | undefined = undefined
  #bytes = 0
  #batched = true

  constructor(socket: Carrier, batch: ReplyBatch) {
    this.#socket = socket
    this.#batch = batch
    this.#uncork = socket.uncork.bind(socket)
    const uncorkLater = (): void => this.#onUncork()
    socket.uncork = uncorkLater
    this.#writeBefore('end')
    this.#writeBefore('destroy')
  }

  write(): void {
    const context = this.#context
    if (context === undefined) return
    this.#context = undefined
    try {
      context.runInAsyncScope(this.#uncork)
    } finally {
      context.emitDestroy()
    }
  }

  /** Writes at once from now on. */
  leave(): void {
    this.#batched = false
    this.write()
  }

  /** Node ends a connection on the assumption that it has been uncorked whole, and throws away what has not. */
  #writeBefore(method: 'end' | 'destroy'): void {
    const socket = this.#socket
    const proceed: (...args: never[]) => unknown = socket[method]
    const writeFirst = (...args: unknown[]): Socket => {
      try {
        // Under a cork of the application what waits is not written by one uncorking.
        if (method === 'destroy' && this.#context !== undefined) for (; socket.writableCorked > 1; ) this.#uncork()
        this.leave()
      } finally {
        Reflect.apply(proceed, socket, args)
      }
      return socket
    }
    Object.assign(socket, { [method]: writeFirst })
  }

  #onUncork(): void {
    const { writableCorked, writableLength, writableHighWaterMark, _httpMessage } = this.#socket
    // What is not small is the client's to wait for, not the memory's to keep.
    const small = writableLength > 0 && writableLength < writableHighWaterMark
    if (writableCorked === 1 && small && _httpMessage && this.#joins(writableLength)) return
    this.#uncork()
  }

  #joins(bytes: number): boolean {
    const waits = this.#context !== undefined
    if (!waits && !(this.#batched && this.#batch.opens())) return false
    // Node uncorks once more in the tick after a write, with nothing new.
    if (waits && bytes === this.#bytes) return true
    this.#bytes = bytes
    this.#context?.emitDestroy()
    this.#context = new AsyncResource('SidecarlessReply', manual)
    if (!waits) this.#batch.add(this)
    return true
  }
}
