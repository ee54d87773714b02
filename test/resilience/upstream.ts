import type { BodyInit } from '../../src/core/body.js'
import { type ClientCall, clientCall } from '../../src/core/call.js'
import type { Cancellable } from '../../src/core/cancellation.js'
import type { MeshErrorCode } from '../../src/core/error-codes.js'
import { MeshError, type MeshErrorDetails } from '../../src/core/errors.js'
import type { MeshEvents } from '../../src/core/events.js'
import { type HeaderInit, HeaderMap } from '../../src/core/headers.js'
import type { Handler } from '../../src/core/interceptor.js'
import { Observer } from '../../src/core/observer.js'
import type { Phase } from '../../src/core/phase.js'
import { Reply } from '../../src/core/reply.js'
import { type BodySource, ReplyBody } from '../../src/core/reply-body.js'

/** One exchange with the scripted upstream, played by the test step by step. */
class Exchange implements BodySource, Cancellable {
  phase: Phase | undefined = 'headers'
  cancelledWith: unknown = undefined
  resumed = 0
  body: ReplyBody | undefined = undefined
  readonly call: ClientCall
  readonly promise: Promise<Reply>
  #resolve: (reply: Reply) => void = () => {}
  #reject: (reason: unknown) => void = () => {}

  constructor(call: ClientCall) {
    this.call = call
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    call.attach(this)
  }

  /** Reply headers arrive; the body stays open. */
  headers(status: number, headers: HeaderInit = {}): this {
    this.call.sent = true
    this.phase = 'body'
    this.body = new ReplyBody(this)
    this.#resolve(new Reply(status, HeaderMap.from(headers), this.body))
    return this
  }

  /** The body ends well. */
  end(text = ''): this {
    this.call.detach(this)
    this.body?.push(Buffer.from(text))
    this.body?.complete(undefined)
    return this
  }

  /** The exchange breaks: before the headers it rejects, after them the body is cut. */
  fail(code: MeshErrorCode, details: MeshErrorDetails & { sent?: boolean } = {}): this {
    this.call.sent = details.sent ?? this.call.sent
    this.call.detach(this)
    const error = new MeshError(code, 'scripted', details)
    if (this.body === undefined) this.#reject(error)
    else this.body.fail(error)
    return this
  }

  pause(): void {}

  resume(): void {
    this.resumed++
  }

  cancel(reason: unknown): void {
    this.cancelledWith = reason
    this.call.detach(this)
    if (this.body === undefined) this.#reject(reason)
    else this.body.cancel(reason)
  }
}

/** What the upstream does with the calls that reach it, in order; the last step goes on for ever. */
export type Step = (exchange: Exchange) => void

/** Answers at once, body included. */
export const answer =
  (status: number, headers: HeaderInit = {}): Step =>
  (exchange) =>
    void exchange.headers(status, headers).end()

/** Fails at once. Nothing has been sent unless `sent` says so. */
export const fail =
  (code: MeshErrorCode, details: MeshErrorDetails & { sent?: boolean } = {}): Step =>
  (exchange) =>
    void exchange.fail(code, details)

/** Does nothing. */
export const hang: Step = () => {}

/** A scripted upstream and everything that reached it. */
export interface Upstream {
  readonly handler: Handler<ClientCall>
  readonly exchanges: Exchange[]
  readonly last: Exchange
}

/** Makes a terminal that plays `steps` and honours cancellation, as the transport does. */
export function upstream(...steps: Step[]): Upstream {
  const exchanges: Exchange[] = []
  return {
    exchanges,
    get last() {
      const last = exchanges.at(-1)
      if (last === undefined) throw new Error('nothing has reached the upstream')
      return last
    },
    handler: (call) => {
      if (call.cancelled) return Promise.reject(call.reason)
      const exchange = new Exchange(call)
      const step = steps[Math.min(exchanges.length, steps.length - 1)]
      exchanges.push(exchange)
      step?.(exchange)
      return exchange.promise
    },
  }
}

/** A call to the scripted upstream. */
export function callTo(method = 'GET', init: { body?: BodyInit; headers?: HeaderInit } = {}): ClientCall {
  return clientCall({ service: 'reviews', method, path: '/', ...init })
}

/** Collects every event of some kinds. */
export function recorded<K extends keyof MeshEvents>(...kinds: K[]): { observer: Observer; events: MeshEvents[K][] } {
  const observer = new Observer()
  const events: MeshEvents[K][] = []
  for (const kind of kinds) observer.on(kind, (event) => void events.push(event))
  return { observer, events }
}

/** How a promise stands, once everything that can happen has happened. */
export async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'fulfilled' | 'rejected'> {
  let state: 'pending' | 'fulfilled' | 'rejected' = 'pending'
  promise.then(
    () => {
      state = 'fulfilled'
    },
    () => {
      state = 'rejected'
    },
  )
  for (let i = 0; i < 5; i++) await new Promise<void>((resolve) => setImmediate(resolve))
  return state
}
