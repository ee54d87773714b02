import type { Socket } from 'node:net'
import type { ReplyBatch, Writer } from './batch.js'

/**
 * A connection whose replies wait for the end of their turn. Node corks a connection for each write of a reply and uncorks
 * it after that: what would be written then stays corked, until the batch writes it or the connection is destroyed. All
 * else - `writableEnded`, `finish`, `drain`, what ends the connection - goes by the stream's own rules for corked data.
 */
export class BatchedConnection implements Writer {
  readonly #socket: Socket
  readonly #batch: ReplyBatch
  readonly #uncork: () => void
  #waits = false
  #batched = true

  constructor(socket: Socket, batch: ReplyBatch) {
    const { uncork, destroy } = socket
    this.#socket = socket
    this.#batch = batch
    this.#uncork = uncork.bind(socket)
    const uncorkLater = (): void => this.#onUncork()
    const writeAndDestroy = (error?: Error): Socket => {
      this.write()
      return destroy.call(socket, error)
    }
    socket.uncork = uncorkLater
    socket.destroy = writeAndDestroy
  }

  write(): void {
    if (!this.#waits) return
    this.#waits = false
    this.#uncork()
  }

  /** Writes at once from now on. */
  leave(): void {
    this.#batched = false
    this.write()
  }

  #onUncork(): void {
    const { writableCorked, writableLength, writableHighWaterMark } = this.#socket
    // What is not small is the client's to wait for, not the memory's to keep.
    const small = writableLength > 0 && writableLength < writableHighWaterMark
    if (writableCorked === 1 && small && this.#joins()) return
    this.#uncork()
  }

  #joins(): boolean {
    if (!this.#waits && this.#batched && this.#batch.isOpen) {
      this.#waits = true
      this.#batch.add(this)
    }
    return this.#waits
  }
}
