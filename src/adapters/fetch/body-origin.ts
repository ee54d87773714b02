import type { ReplyBody } from '../../core/reply-body.js'
import type { Decoder } from './codings.js'
import { collect, type DecodeLimits, decodeStream, decodeSync, decodesSync } from './decode.js'
import { bodyFailure } from './failure.js'

/** Where a response body comes from; asked for at most once. */
export interface BodyOrigin {
  /** The whole body if it is there already; taking it uses the origin up. */
  arrived(): Uint8Array | undefined
  /** The whole body. */
  collect(): Promise<Uint8Array>
  /** Piece by piece. */
  open(): AsyncIterator<Uint8Array>
  cancel(reason: unknown): void
}

/** The reply of a call, decoded on the way out. */
export class ReplyOrigin implements BodyOrigin {
  readonly #body: ReplyBody
  readonly #decoders: readonly Decoder[]
  readonly #limits: DecodeLimits
  readonly #signal: AbortSignal | undefined

  constructor(body: ReplyBody, decoders: readonly Decoder[], limits: DecodeLimits, signal: AbortSignal | undefined) {
    this.#body = body
    this.#decoders = decoders
    this.#limits = limits
    this.#signal = signal
  }

  arrived(): Uint8Array | undefined {
    // An abort also counts between the last byte and its reading.
    if (this.#signal?.aborted === true) return undefined
    if (this.#decoders.length === 0) return this.#body.takeArrived()
    return undefined
  }

  async collect(): Promise<Uint8Array> {
    try {
      this.#signal?.throwIfAborted()
      if (this.#decoders.length === 0) return await this.#body.bytes()
      const arrived = this.#body.takeArrived()
      if (arrived === undefined)
        return await collect(decodeStream(this.#body.stream(), this.#decoders, this.#limits), this.#limits.maxBytes)
      if (decodesSync(arrived)) return decodeSync(arrived, this.#decoders, this.#limits)
      return await collect(decodeStream(once(arrived), this.#decoders, this.#limits), this.#limits.maxBytes)
    } catch (error) {
      throw bodyFailure(error, this.#signal)
    }
  }

  async *open(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      this.#signal?.throwIfAborted()
      const arrived = this.#body.takeArrived()
      const source: AsyncIterable<Uint8Array> = arrived === undefined ? this.#body.stream() : once(arrived)
      yield* this.#decoders.length === 0 ? source : decodeStream(source, this.#decoders, this.#limits)
    } catch (error) {
      throw bodyFailure(error, this.#signal)
    }
  }

  cancel(reason: unknown): void {
    this.#body.cancel(reason)
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes
}

/** Bytes that are there, shared by clones. */
export class BytesOrigin implements BodyOrigin {
  readonly #bytes: Uint8Array

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** A copy: what one clone's reader does to its buffer is not the other's affair. */
  arrived(): Uint8Array {
    return new Uint8Array(this.#bytes)
  }

  collect(): Promise<Uint8Array> {
    return Promise.resolve(this.arrived())
  }

  open(): AsyncIterator<Uint8Array> {
    return once(this.#bytes)
  }

  cancel(): void {}
}

/** One branch of a body that was teed. */
export class BranchOrigin implements BodyOrigin {
  readonly #stream: ReadableStream<Uint8Array>

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#stream = stream
  }

  arrived(): undefined {
    return undefined
  }

  collect(): Promise<Uint8Array> {
    return collect(this.#stream, Number.POSITIVE_INFINITY)
  }

  open(): AsyncIterator<Uint8Array> {
    return this.#stream[Symbol.asyncIterator]()
  }

  cancel(reason: unknown): void {
    // Rejects only when the branch is being read, which is then its reader's affair.
    this.#stream.cancel(reason).catch(() => {})
  }
}
