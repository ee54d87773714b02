import { type BodyOrigin, BranchOrigin, BytesOrigin } from './body-origin.js'

/** The bytes of a response without body. */
export const noBytes: Uint8Array = new Uint8Array(0)

/** A stream that was handed out and then forgotten would hold its connection for ever. */
const forgotten = new FinalizationRegistry<BodyOrigin>((origin) => origin.cancel(undefined))

/**
 * A response body by the rules of WHATWG: read once, as a whole or as a stream, unless cloned before. The web stream
 * is made when somebody asks for it and opened when somebody reads it.
 */
export class ResponseBody {
  #origin: BodyOrigin
  #stream: ReadableStream<Uint8Array> | undefined = undefined
  #used = false

  constructor(origin: BodyOrigin) {
    this.#origin = origin
  }

  /** Read, or begun to be read, or cancelled. */
  get used(): boolean {
    return this.#used
  }

  /** Whether it can no longer be read as a whole. */
  get unusable(): boolean {
    return this.#used || this.#stream?.locked === true
  }

  #claim(): void {
    if (this.unusable) throw new TypeError('Body is unusable: Body has already been read')
    this.#used = true
    // A stream that was handed out but never read must not be read any more.
    this.#stream?.getReader()
  }

  /** The whole body; without a promise when it is there. */
  take(): Uint8Array | Promise<Uint8Array> {
    this.#claim()
    return this.#origin.arrived() ?? this.#origin.collect()
  }

  /** The body as a byte stream. */
  get stream(): ReadableStream<Uint8Array> {
    if (this.#stream === undefined) {
      this.#stream = this.#open()
      if (this.#used) this.#stream.getReader()
    }
    return this.#stream
  }

  #open(): ReadableStream<Uint8Array> {
    const origin = this.#origin
    let chunks: AsyncIterator<Uint8Array> | undefined
    const stream = new ReadableStream({
      type: 'bytes',
      pull: async (controller) => {
        this.#used = true
        chunks ??= origin.open()
        let next = await chunks.next()
        while (next.done !== true && next.value.length === 0) next = await chunks.next()
        if (next.done === true) {
          controller.close()
          controller.byobRequest?.respond(0)
        }
        // Enqueueing takes the buffer away from its owner, and a chunk is a window of a buffer that others look at too.
        else controller.enqueue(new Uint8Array(next.value))
      },
      cancel: (reason) => {
        this.#used = true
        origin.cancel(reason)
        // Frees what decodes; it may only say again that the body was cancelled.
        chunks?.return?.().catch(() => {})
      },
    })
    forgotten.register(stream, origin)
    return stream
  }

  /** Splits an unread body in two. */
  clone(): ResponseBody {
    const arrived = this.#origin.arrived()
    this.#stream?.getReader()
    this.#stream = undefined
    if (arrived !== undefined) {
      this.#origin = new BytesOrigin(arrived)
      return new ResponseBody(this.#origin)
    }
    const [mine, theirs] = new ResponseBody(this.#origin).stream.tee()
    this.#origin = new BranchOrigin(mine)
    return new ResponseBody(new BranchOrigin(theirs))
  }

  /** Lets go of a body that can no longer be read, because its response is gone. */
  abandon(): void {
    if (this.#used || this.#stream !== undefined) return
    this.#used = true
    this.#origin.cancel(undefined)
  }
}
