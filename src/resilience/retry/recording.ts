import { Readable } from 'node:stream'
import { type BodyStream, bodyFailure, type RequestBody } from '../../core/body.js'
import { MeshError } from '../../core/errors.js'
import type { Releasable } from '../../core/lease.js'
import { giveReplayMemory, takeReplayMemory } from './replay-memory.js'

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
  #reading: Promise<Buffer | undefined> | undefined = undefined

  constructor(stream: BodyStream, limit: number) {
    this.#stream = stream
    this.#source = stream[Symbol.asyncIterator]()
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
    if (this.#stream instanceof Readable) this.#stream.destroy()
    else this.#source.return?.().catch(() => {})
  }

  /** Asked for a piece, it forgets those before it when nobody else can want them. */
  async *#replay(): AsyncGenerator<Buffer> {
    for (let index = 0; ; index++) {
      if (!this.#keeping && index > this.#forgotten) {
        this.#chunks.splice(0, index - this.#forgotten)
        this.#forgotten = index
      }
      if (index < this.#forgotten) throw new MeshError('ERR_MESH_BODY_USED', 'the body is not kept any more')
      const chunk = this.#chunks[index - this.#forgotten] ?? (this.#ended ? undefined : await this.#read())
      if (chunk === undefined) return
      yield chunk
    }
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
        throw bodyFailure(error)
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
