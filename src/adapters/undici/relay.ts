import type { Readable } from 'node:stream'
import { type Dispatcher, errors } from 'undici'
import { putAway } from '../../core/body.js'
import type { ClientCall } from '../../core/call.js'
import type { HeaderMap } from '../../core/headers.js'
import type { Handler } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import { messageOf } from '../../core/thrown.js'
import { type Controls, type Sink, sinkFor } from './sink.js'

function rawOf(headers: HeaderMap): Buffer[] {
  return headers.raw.map((part) => Buffer.from(part, 'latin1'))
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new errors.RequestAbortedError(messageOf(reason))
}

/** One call on behalf of an undici handler: what comes back is played to the handler as undici's own core would. */
export class Relay implements Controls {
  paused = false
  aborted = false
  reason: unknown = undefined
  readonly #sink: Sink
  #call: ClientCall | undefined = undefined
  #stream: Readable | undefined = undefined
  #done = false

  constructor(handler: Dispatcher.DispatchHandler) {
    this.#sink = sinkFor(handler, this)
  }

  /** Sends the call and plays its reply; never rejects. */
  async run(call: ClientCall, send: Handler<ClientCall>): Promise<void> {
    this.#call = call
    try {
      this.#sink.start()
      this.#play(await send(call))
    } catch (error) {
      this.#fail(error)
    }
  }

  /** Tells the handler that there will be no call. */
  refuse(error: unknown): void {
    queueMicrotask(() => this.#fail(error))
  }

  #play(reply: Reply): void {
    // An abort that came with the headers' arrival.
    if (this.aborted) {
      reply.body.cancel(this.reason)
      throw this.reason
    }
    const stream = reply.body.stream()
    this.#stream = stream
    stream.on('error', (error) => this.#fail(error))
    try {
      this.#sink.headers(reply.status, rawOf(reply.headers), reply.statusText)
    } catch (error) {
      stream.destroy(toError(error))
      return
    }
    stream.on('data', this.#onData)
    stream.on('end', () => this.#complete(reply))
  }

  readonly #onData = (chunk: Buffer): void => {
    try {
      this.#sink.data(chunk)
    } catch (error) {
      this.#stream?.destroy(toError(error))
    }
  }

  #complete(reply: Reply): void {
    if (this.#done) return
    this.#done = true
    // Of a reply that was not asked of anybody; undici's own callers put the body of a failed request away.
    if (this.#call !== undefined) putAway(this.#call.body)
    try {
      this.#sink.complete(rawOf(reply.trailers))
    } catch (error) {
      // undici's core tells a handler itself what it throws at the end: its RetryHandler begins the next attempt so.
      this.#sink.error(toError(error))
    }
  }

  #fail(error: unknown): void {
    if (this.#done) return
    this.#done = true
    this.#sink.error(toError(this.aborted ? this.reason : error))
  }

  abort(reason: unknown): void {
    if (this.aborted || this.#done) return
    this.aborted = true
    this.reason = reason ?? new errors.RequestAbortedError()
    this.#call?.cancel(this.reason)
    this.#stream?.destroy(toError(this.reason))
  }

  pause(): void {
    this.paused = true
    this.#stream?.pause()
  }

  resume(): void {
    this.paused = false
    this.#stream?.resume()
  }
}
