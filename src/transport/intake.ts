import type { OnReadOpts, Socket } from 'node:net'

/** Where the bytes of every connection land, one read at a time; libuv reads no more than that at once. */
const landing = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * How bytes come off a connection: into one buffer that all of them share (`net`'s option `onread`), and from there, copied
 * to their size, to whoever reads as soon as it is told. Node's own way takes 64 KiB for every read, and a tick and a turn
 * of the stream's machinery. Bytes that are not taken at once go that way, in their order and with its backpressure.
 */
export class Intake {
  /** For the socket that is to be made. */
  readonly onread: OnReadOpts
  #socket: Socket | undefined = undefined
  #landed: Buffer | undefined = undefined

  constructor() {
    this.onread = { buffer: landing, callback: (size) => this.#land(size) }
  }

  /** Whether to read on. */
  #land(size: number): boolean {
    const socket = this.#socket
    if (socket === undefined) throw new TypeError('an intake needs its socket')
    const bytes = Buffer.allocUnsafe(size)
    landing.copy(bytes, 0, 0, size)
    if (socket.readableLength > 0) return socket.push(bytes)
    this.#landed = bytes
    let readsOn = true
    try {
      socket.emit('readable')
    } finally {
      // Also when a listener throws: nothing is lost.
      if (this.#landed !== undefined) {
        this.#landed = undefined
        readsOn = socket.push(bytes)
      }
    }
    return readsOn
  }

  /** Gives the socket that was made with `onread` its `read`. */
  feed(socket: Socket): void {
    const readStream = socket.read.bind(socket)
    const take = (size?: number): unknown => {
      const bytes = this.#landed
      if (size === undefined && bytes !== undefined) {
        this.#landed = undefined
        return bytes
      }
      if (size === undefined && socket.readableLength === 0) return null
      return readStream(size)
    }
    socket.read = take
    this.#socket = socket
  }
}
