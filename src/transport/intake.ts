import type { OnReadOpts, Socket } from 'node:net'
import { nodeTls } from '../core/node-tls.js'
import { connectionLoss } from './connection-loss.js'

/** Where the bytes of every connection land, one read at a time; libuv reads no more than that at once. */
const landing = Buffer.allocUnsafeSlow(64 * 1024)

/** Who reads what an intake takes in. */
export interface Reader {
  /** A reply is on its way: the end of the connection is its own, or cuts it off. */
  readonly replying: boolean
  /** Reads on, if it has paused: nothing is left that would need room. */
  readOn(): void
}

/**
 * Whether TLS ended because its connection was reset: nobody is at the other end, though our own is open. Its stream
 * cannot be asked twice. Not seen where somebody has asked for the peer's address before, which Node remembers.
 */
function tlsWasReset(socket: Socket): boolean {
  return socket instanceof nodeTls.TLSSocket && !socket.writableEnded && socket.remoteAddress === undefined
}

/** What a socket does by itself. */
type Stream = Pick<Socket, 'read' | 'push'>

/**
 * How bytes come off a connection: into one buffer that all of them share (`net`'s option `onread`), and from there, copied
 * to their size, to whoever reads as soon as it is told. Node's own way takes 64 KiB for every read, and a tick and a turn
 * of the stream's machinery. Bytes that are not taken at once go that way, in their order and with its backpressure.
 *
 * An end that comes during a reply is asked for twice, for libuv may tell a reset as one, which would make a whole reply
 * of what there is. It comes when the reader asks for more than there is: undici does not expect it while it has
 * paused, and throws where nobody can catch it.
 */
export class Intake {
  /** For the socket that is to be made. */
  readonly onread: OnReadOpts
  readonly #reader: Reader
  #socket: Socket | undefined = undefined
  #landed: Buffer | undefined = undefined
  /** Whether the reader was told that there is no more for now. */
  #hungry = true
  #asked = false
  #ended = false

  constructor(reader: Reader) {
    this.#reader = reader
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

  /** Gives the socket that was made with `onread` its way to be read and to end. */
  feed(socket: Socket): void {
    const stream: Stream = { read: socket.read.bind(socket), push: socket.push.bind(socket) }
    const read = (size?: number): unknown => (size === undefined ? this.#take(socket, stream) : stream.read(size))
    const push = (chunk: unknown, encoding?: BufferEncoding): boolean =>
      chunk === null ? this.#close(socket, stream) : stream.push(chunk, encoding)
    Object.assign(socket, { read, push })
    this.#socket = socket
  }

  #take(socket: Socket, stream: Stream): unknown {
    const landed = this.#landed
    this.#landed = undefined
    this.#hungry = landed === undefined && socket.readableLength === 0
    if (landed !== undefined) return landed
    if (this.#hungry) {
      if (!this.#ended) return null
      stream.push(null)
    }
    return stream.read()
  }

  /** The end is there, as it seems. */
  #close(socket: Socket, stream: Stream): boolean {
    if (this.#asked) this.#end(socket, stream)
    else if (!this.#reader.replying || socket.readableFlowing !== false) stream.push(null)
    else {
      this.#asked = true
      socket.pause()
      stream.read(0)
      // Whatever was there to be read has come after another turn; TLS may have ended before its connection does.
      setImmediate(() => setImmediate(() => this.#end(socket, stream)))
    }
    return false
  }

  #end(socket: Socket, stream: Stream): void {
    if (this.#ended || socket.destroyed) return
    this.#ended = true
    if (tlsWasReset(socket)) socket.destroy(connectionLoss('the connection was reset'))
    else if (this.#hungry) {
      stream.push(null)
      stream.read(0)
    } else if (socket.readableLength === 0) this.#reader.readOn()
  }
}
