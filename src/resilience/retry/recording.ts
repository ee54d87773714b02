import { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { type BodyStream, bodyFailure, type RequestBody } from '../../core/body.js'
import { MeshError } from '../../core/errors.js'
import type { Releasable } from '../../core/lease.js'
import { giveReplayMemory, takeReplayMemory } from './replay-memory.js'

/** The connection of a request that is forwarded goes down with the request, so that is not ours to destroy. */
function piecesOf(stream: BodyStream): AsyncIterator<Uint8Array | string> {
  return stream instanceof IncomingMessage
    ? stream.iterator({ destroyOnReturn: false })
    : stream[Symbol.asyncIterator]()
}

/**
 * Keeps what is read of a streamed request body while it is sent, so that a retry can send it again and go on where the
 * failed attempt stopped reading (as Envoy and Linkerd do). Past `limit` bytes, or past what the process keeps for all
 * bodies together, it forgets what it has: then the body is gone for retries, and the attempt goes on.
 */
export class Recording implements Releasable {
  /** Sends the body from its beginning, as often as that is possible. */
  readonly body: RequestBody
  readonly #stream: BodyStream
  readonly #source: AsyncIterator<Uint8Array | string>
  readonly #limit: number
  readonly #chunks: Buffer[] = []
  /** Pieces before the first that is kept. */
  #forgotten = 0
  #size = 0
  #keeping = true
  #ended = false
  /** Why the caller's stream broke off: every attempt from then on breaks off there, too. */
  #failure: MeshError | undefined = undefined
  #reading: Promise<Buffer | undefined> | undefined = undefined

  constructor(stream: BodyStream, limit: number) {
    this.#stream = stream
    this.#source = piecesOf(stream)
    // It may break before anybody reads it; whoever reads it then is told.
    if (stream instanceof Readable) stream.on('error', () => {})
    this.#limit = limit
    this.body = {
      kind: 'factory',
      create: () => Readable.from(this.#replay(), { objectMode: false }),
      gone: () => this.#forgotten > 0,
    }
  }

  /** There will be no retry: nothing more has to be kept. */
  commit(): void {
    this.#keeping = false
    giveReplayMemory(this.#size)
    this.#size = 0
  }

  /** The call has ended: what is left of the caller's stream is not wanted. */
  release(): void {
    this.commit()
    if (this.#ended) return
    this.#ended = true
    this.#reading?.catch(() => {})
    if (this.#stream instanceof Readable && !(this.#stream instanceof IncomingMessage)) this.#stream.destroy()
    else void this.#giveUp()
  }

  async #giveUp(): Promise<void> {
    try {
      await this.#source.return?.()
      // As Node does with what nobody reads: the connection is needed for the answer, and for the next request.
      if (this.#stream instanceof IncomingMessage && this.#stream.readableDidRead) this.#stream.resume()
    } catch {
      // What the caller's iterator says of its end concerns nobody any more.
    }
  }

  /** Asked for a piece, it forgets those before it when nobody else can want them. */
  async *#replay(): AsyncGenerator<Buffer> {
    for (let index = 0; ; index++) {
      if (!this.#keeping && index > this.#forgotten) {
        this.#chunks.splice(0, index - this.#forgotten)
        this.#forgotten = index
      }
      if (index < this.#forgotten) throw new MeshError('ERR_MESH_BODY_USED', 'the body is not kept any more')
      const chunk = this.#chunks[index - this.#forgotten] ?? (await this.#more())
      if (chunk === undefined) return
      yield chunk
    }
  }

  #more(): Promise<Buffer | undefined> | undefined {
    if (this.#failure !== undefined) throw this.#failure
    return this.#ended ? undefined : this.#read()
  }

  /** Reads one piece; two attempts that wait for it at once wait for the same. */
  #read(): Promise<Buffer | undefined> {
    this.#reading ??= this.#source.next().then(
      ({ done, value }) => {
        this.#reading = undefined
        if (done !== true) return this.#keep(Buffer.from(value))
        this.#ended = true
        return undefined
      },
      (error: unknown) => {
        this.#ended = true
        this.#failure = bodyFailure(error)
        throw this.#failure
      },
    )
    return this.#reading
  }

  #keep(chunk: Buffer): Buffer {
    if (this.#keeping && (this.#size + chunk.length > this.#limit || !takeReplayMemory(chunk.length))) this.commit()
    if (this.#keeping) this.#size += chunk.length
    this.#chunks.push(chunk)
    return chunk
  }
}
