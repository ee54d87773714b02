import { type Dispatcher, util } from 'undici'

/** What a running exchange lets its handler do. */
export interface Controls {
  abort(reason: unknown): void
  pause(): void
  resume(): void
  readonly paused: boolean
  readonly aborted: boolean
  readonly reason: unknown
}

/** A handler of either generation of undici's API behind one face. */
export interface Sink {
  start(): void
  headers(status: number, raw: Buffer[], statusText: string): void
  data(chunk: Buffer): void
  complete(trailers: Buffer[]): void
  error(error: Error): void
}

/** The handlers of undici up to 6, and of the built-in fetch of Node 20 and 22: returning false asks for a pause. */
class CallbackSink implements Sink {
  readonly #handler: Dispatcher.DispatchHandler
  readonly #controls: Controls

  constructor(handler: Dispatcher.DispatchHandler, controls: Controls) {
    this.#handler = handler
    this.#controls = controls
  }

  start(): void {
    this.#handler.onConnect?.((reason) => this.#controls.abort(reason))
  }

  headers(status: number, raw: Buffer[], statusText: string): void {
    this.#handler.onResponseStarted?.()
    const go = this.#handler.onHeaders?.(status, raw, () => this.#controls.resume(), statusText)
    if (go === false) this.#controls.pause()
  }

  data(chunk: Buffer): void {
    if (this.#handler.onData?.(chunk) === false) this.#controls.pause()
  }

  complete(trailers: Buffer[]): void {
    // undici itself hands over buffers here, whatever its types say.
    this.#handler.onComplete?.(trailers as unknown as string[])
  }

  error(error: Error): void {
    this.#handler.onError?.(error)
  }
}

/** The controller that undici 7 hands to its handlers. */
class Controller implements Dispatcher.DispatchController {
  rawHeaders: Buffer[] | null = null
  rawTrailers: Buffer[] | null = null
  readonly #controls: Controls

  constructor(controls: Controls) {
    this.#controls = controls
  }

  get aborted(): boolean {
    return this.#controls.aborted
  }

  get paused(): boolean {
    return this.#controls.paused
  }

  get reason(): Error | null {
    const { reason } = this.#controls
    return reason instanceof Error ? reason : null
  }

  abort(reason: Error): void {
    this.#controls.abort(reason)
  }

  pause(): void {
    this.#controls.pause()
  }

  resume(): void {
    this.#controls.resume()
  }
}

/** The handlers of undici 7 and 8, and of the built-in fetch from Node 26 on. */
class ControllerSink implements Sink {
  readonly #handler: Dispatcher.DispatchHandler
  readonly #controller: Controller

  constructor(handler: Dispatcher.DispatchHandler, controls: Controls) {
    this.#handler = handler
    this.#controller = new Controller(controls)
  }

  start(): void {
    this.#handler.onRequestStart?.(this.#controller, {})
  }

  headers(status: number, raw: Buffer[], statusText: string): void {
    this.#controller.rawHeaders = raw
    this.#handler.onResponseStarted?.()
    this.#handler.onResponseStart?.(this.#controller, status, util.parseHeaders(raw), statusText)
  }

  data(chunk: Buffer): void {
    this.#handler.onResponseData?.(this.#controller, chunk)
  }

  complete(trailers: Buffer[]): void {
    this.#controller.rawTrailers = trailers
    this.#handler.onResponseEnd?.(this.#controller, util.parseHeaders(trailers))
  }

  error(error: Error): void {
    this.#handler.onResponseError?.(this.#controller, error)
  }
}

/** Gives a handler the face that we drive. */
export function sinkFor(handler: Dispatcher.DispatchHandler, controls: Controls): Sink {
  return typeof handler.onRequestStart === 'function'
    ? new ControllerSink(handler, controls)
    : new CallbackSink(handler, controls)
}
