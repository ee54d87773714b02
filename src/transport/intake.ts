import type { OnReadOpts, Socket } from 'node:net'

/** Where the bytes of every connection land, one read at a time; libuv reads no more than that at once. */
const landing = Buffer.allocUnsafeSlow(64 * 1024)

/** What a socket does by itself. */
type Stream = Pick<Socket, 'read' | 'push' | 'destroy'>

/** A reset that libuv tells as an end: nobody is at the other end any more, though ours is still open. */
function wasReset(socket: Socket): boolean {
  return !socket.writableEnded && socket.remoteAddress === undefined
}

/** undici takes a code of ECONNRESET for the end of a reply that has no length. */
function withoutCode<T extends Error | null | undefined>(error: T): T | Error {
  const reset = error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
  return reset ? new Error(error.message, { cause: error }) : error
}

/**
 * How bytes come off a connection: into one buffer that all of them share (`net`'s option `onread`), and from there, copied
 * to their size, to whoever reads as soon as it is told. Node's own way takes 64 KiB for every read, and a tick and a turn
 * of the stream's machinery. Bytes that are not taken at once go that way, in their order and with its backpressure.
 *
 * The end of the connection comes when its reader asks for more than there is: undici does not expect one while a body is
 * paused, and throws where nobody can catch it. And a connection that broke is never told as one that was closed, which
 * would make a whole reply of what there is.
 */
export class Intake {
  /** For the socket that is to be made. */
  readonly onread: OnReadOpts
  #socket: Socket | undefined = undefined
  #landed: Buffer | undefined = undefined
  /** Whether the reader was told that there is no more for now. */
  #hungry = true
  #ended: 'no' | 'closed' | 'reset' = 'no'

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

  /** Gives the socket that was made with `onread` its way to be read, to end and to break. */
  feed(socket: Socket): void {
    const stream: Stream = {
      read: socket.read.bind(socket),
      push: socket.push.bind(socket),
      destroy: socket.destroy.bind(socket),
    }
    const read = (size?: number): unknown =>
      size === undefined ? this.#take(socket, stream) : this.#takeOf(stream, size)
    const push = (chunk: unknown, encoding?: BufferEncoding): boolean =>
      chunk === null ? this.#close(socket, stream) : stream.push(chunk, encoding)
    const destroy = (error?: Error): Socket => stream.destroy(withoutCode(error))
    Object.assign(socket, { read, push, destroy })
    this.#socket = socket
  }

  #take(socket: Socket, stream: Stream): unknown {
    const bytes = this.#landed
    this.#landed = undefined
    this.#hungry = bytes === undefined && socket.readableLength === 0
    if (bytes !== undefined) return bytes
    if (this.#hungry) {
      if (this.#ended === 'no') return null
      this.#end(stream)
    }
    return stream.read()
  }

  /** Who wants so many bytes has them from the stream. */
  #takeOf(stream: Stream, size: number): unknown {
    if (size > 0) {
      this.#hungry = true
      if (this.#ended !== 'no') this.#end(stream)
    }
    return stream.read(size)
  }

  #close(socket: Socket, stream: Stream): boolean {
    if (this.#ended === 'no') this.#ended = wasReset(socket) ? 'reset' : 'closed'
    if (this.#hungry) this.#end(stream)
    return false
  }

  #end(stream: Stream): void {
    if (this.#ended === 'closed') stream.push(null)
    else stream.destroy(new Error('the connection was reset'))
  }
}
