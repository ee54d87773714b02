import { Readable } from 'node:stream'
import { MeshError } from './errors.js'
import type { HeaderMap } from './headers.js'
import { Lease } from './lease.js'
import type { Waiting } from './waiting.js'

/** Where the bytes come from: an exchange on a socket that can be paused or stopped. */
export interface BodySource {
  /** Stops reading from the socket. */
  pause(): void
  /** Reads on. */
  resume(): void
  /** Gives the exchange up. */
  cancel(reason: unknown): void
}

/** Unread bytes that are kept before the source is paused. */
const highWaterMark = 64 * 1024
const nothing: Uint8Array = new Uint8Array(0)

/** What is kept, or handed to a worker, takes no bytes of other calls along: small pieces are windows of Node's pool. */
function apart(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength === bytes.length ? bytes : Buffer.from(new Uint8Array(bytes).buffer)
}

type Mode = 'kept' | 'collected' | 'streamed' | 'dumped'

/**
 * A reply body that keeps its chunks until somebody asks: `bytes`, `text` and `json` never make a stream, `stream`
 * makes one with backpressure. A cut body is an error, never a short success. The lease ends with the body.
 */
export class ReplyBody {
  /** Ends with the body. */
  readonly lease: Lease
  /** Undefined until the body has ended, and when it had none. */
  trailers: HeaderMap | undefined = undefined
  /** Called for every piece that comes, and when a source that was asked to pause reads on. */
  onActivity: (() => void) | undefined = undefined
  readonly #source: BodySource | undefined
  #chunks: Uint8Array[] = []
  #size = 0
  #mode: Mode = 'kept'
  #asked = false
  #complete = false
  #error: unknown = undefined
  #waiting: Waiting<void> | undefined = undefined
  #stream: Readable | undefined = undefined
  #held = false
  #limit = Number.POSITIVE_INFINITY

  constructor(source: BodySource | undefined, lease: Lease = new Lease()) {
    this.#source = source
    this.lease = lease
  }

  /** A body that is already there, for answers of our own. */
  static of(bytes: Uint8Array | string | undefined): ReplyBody {
    const body = new ReplyBody(undefined)
    if (bytes !== undefined) body.push(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
    body.complete(undefined)
    return body
  }

  /** The whole body when it has arrived and nobody has asked for it yet: lets an edge answer in one write. */
  takeArrived(): Uint8Array | undefined {
    if (!this.#complete || this.#asked) return undefined
    this.#claim('collected')
    return this.#take()
  }

  /** Whether the body was asked for. */
  get used(): boolean {
    return this.#asked
  }

  /** Whether the source was asked to pause, because what has come is not read yet. */
  get held(): boolean {
    return this.#held
  }

  #resume(): void {
    if (this.#held) this.onActivity?.()
    this.#held = false
    this.#source?.resume()
  }

  /** Takes a chunk from the source; false asks it to pause. */
  push(chunk: Uint8Array): boolean {
    this.onActivity?.()
    this.#held = !this.#accept(chunk)
    return !this.#held
  }

  #accept(chunk: Uint8Array): boolean {
    if (this.#mode === 'streamed') return this.#stream?.push(chunk) ?? true
    this.#size += chunk.length
    if (this.#mode === 'dumped') {
      if (this.#size > this.#limit) this.cancel()
      return true
    }
    if (this.#size > this.#limit) {
      const error = new MeshError('ERR_MESH_RESPONSE_TOO_LARGE', `the reply body exceeds ${this.#limit} bytes`)
      this.fail(error)
      this.#source?.cancel(error)
      return true
    }
    // A literal is as large as it needs to be; what is pushed onto nothing makes room for seventeen.
    if (this.#chunks.length === 0) this.#chunks = [chunk]
    else this.#chunks.push(chunk)
    return this.#mode === 'collected' || this.#size < highWaterMark
  }

  /** The source has proven the end of the message. */
  complete(trailers: HeaderMap | undefined): void {
    if (this.lease.ended) return
    this.#complete = true
    this.trailers = trailers
    this.#stream?.push(null)
    this.lease.end()
    this.#waiting?.resolve()
  }

  /** The source broke off. */
  fail(error: MeshError): void {
    this.#end(error, error)
  }

  #end(reason: unknown, error: MeshError | undefined): void {
    if (this.lease.ended) return
    this.#error = reason
    this.#chunks = []
    this.lease.end(error)
    if (this.#stream !== undefined && !this.#stream.destroyed)
      this.#stream.destroy(
        reason instanceof Error ? reason : new Error('the reply body was cancelled', { cause: reason }),
      )
    this.#waiting?.reject(reason)
  }

  #claim(mode: Mode): void {
    if (this.#asked) throw new MeshError('ERR_MESH_BODY_USED', 'the reply body has been read already')
    this.#asked = true
    this.#mode = mode
  }

  /** All bytes, in a buffer of their own. Rejects with a `MeshError` when the body is cut off, or with the caller's abort reason. */
  async bytes(): Promise<Uint8Array> {
    this.#claim('collected')
    if (!this.#complete) await this.#arrival()
    return apart(this.#take())
  }

  /** The body as UTF-8 text, without a byte order mark. */
  async text(): Promise<string> {
    this.#claim('collected')
    if (!this.#complete) await this.#arrival()
    return this.#takeText()
  }

  /** The body parsed as JSON. Rejects with a `SyntaxError` if it is none. */
  async json(): Promise<unknown> {
    this.#claim('collected')
    if (!this.#complete) await this.#arrival()
    return JSON.parse(this.#takeText())
  }

  #arrival(): Promise<void> {
    if (this.lease.ended) return Promise.reject(this.#error)
    return new Promise<void>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#resume()
    })
  }

  #take(): Uint8Array {
    const chunks = this.#chunks
    this.#chunks = []
    return chunks.length === 1 ? (chunks[0] ?? nothing) : Buffer.concat(chunks)
  }

  #takeText(): string {
    const bytes = this.#take()
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const text = buffer.toString('utf8')
    return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  }

  /** The body as a Node stream that slows the sender down when it is not read. */
  stream(): Readable {
    this.#claim('streamed')
    const chunks = this.#chunks
    this.#chunks = []
    let left = !this.#complete
    const stream = new Readable({
      read: () => {
        if (left) this.#resume()
      },
      destroy: (error, done) => {
        left = false
        this.cancel(error ?? undefined)
        done(error)
      },
    })
    this.#stream = stream
    for (const chunk of chunks) stream.push(chunk)
    if (this.#complete) stream.push(null)
    else if (this.lease.ended) stream.destroy(this.#error instanceof Error ? this.#error : undefined)
    return stream
  }

  /** Stops reading and gives the connection up. */
  cancel(reason?: unknown): void {
    this.#asked = true
    if (this.lease.ended) return
    const why = reason ?? new MeshError('ERR_MESH_ABORTED', 'the reply body was cancelled')
    this.abort(why)
    this.#source?.cancel(why)
  }

  /** The call was cancelled, or its deadline has passed: whoever reads now, or later, is told this reason. */
  abort(reason: unknown): void {
    this.#end(
      reason,
      reason instanceof MeshError
        ? reason
        : new MeshError('ERR_MESH_ABORTED', 'the reply body was cancelled', { cause: reason }),
    )
  }

  /** Reads a body nobody wants up to `limit` bytes, so that its connection can be used again; beyond, gives it up. */
  dump(limit: number = 128 * 1024): void {
    if (this.#asked) return
    this.#claim('dumped')
    this.#chunks = []
    this.#limit = limit
    if (this.lease.ended) return
    if (this.#size > limit) this.cancel()
    else this.#resume()
  }

  /** Largest body in bytes that is collected before it is refused with `ERR_MESH_RESPONSE_TOO_LARGE`. */
  limit(bytes: number): void {
    this.#limit = bytes
  }
}
