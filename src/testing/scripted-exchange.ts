import type { Readable } from 'node:stream'
import type { ClientCall } from '../core/call.js'
import type { Cancellable } from '../core/cancellation.js'
import type { Clock, Timer } from '../core/clock.js'
import { MeshError } from '../core/errors.js'
import { HeaderMap } from '../core/headers.js'
import { Reply } from '../core/reply.js'
import { type BodySource, ReplyBody } from '../core/reply-body.js'
import { bytesOf, bytesToCut, type FailStep, type ReplyStep, type UpstreamStep } from './steps.js'

/** One call at the scripted upstream. Stops at once when its call is cancelled, as a socket does. */
export class ScriptedExchange implements BodySource, Cancellable {
  /** Until the reply body has ended, on whatever path. */
  active = true
  readonly call: ClientCall
  readonly body: string | Uint8Array | Readable | null
  readonly atMs: number
  cancelledWith: unknown = undefined
  readonly reply: Promise<Reply>
  readonly #clock: Clock
  #resolve: (reply: Reply) => void = () => {}
  #reject: (reason: unknown) => void = () => {}
  #replyBody: ReplyBody | undefined = undefined
  #timer: Timer | undefined = undefined

  constructor(call: ClientCall, body: string | Uint8Array | Readable | null, clock: Clock) {
    this.call = call
    this.body = body
    this.atMs = clock.now()
    this.#clock = clock
    this.reply = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    call.attach(this)
  }

  /** What is being waited for. */
  get phase(): 'headers' | 'body' | 'reader' {
    if (this.#replyBody === undefined) return 'headers'
    return this.#replyBody.held ? 'reader' : 'body'
  }

  /** Does what the step says. */
  play(step: UpstreamStep): void {
    if ('fail' in step) this.#after(step.delayMs, () => this.#fail(step.fail, step))
    else if ('reply' in step) this.#after(step.delayMs, () => this.#answer(step))
    else if ('truncate' in step) {
      this.#headers(200, undefined).push(bytesToCut(step).subarray(0, step.truncate))
      this.#fail('ERR_MESH_TRUNCATED', { sent: true })
    } else if (step.hang === 'body') this.#headers(200, undefined).push(Buffer.from('x'))
    else this.call.sent = true
  }

  pause(): void {}

  resume(): void {}

  cancel(reason: unknown): void {
    if (!this.active) return
    this.cancelledWith = reason
    this.#end()
    if (this.#replyBody === undefined) this.#reject(reason)
    else this.#replyBody.cancel(reason)
  }

  #after(ms: number | undefined, act: () => void): void {
    if (!this.active) return
    if (ms === undefined || ms === 0) act()
    else this.#timer = this.#clock.setTimer(act, ms)
  }

  #headers(status: number, headers: ReplyStep['headers']): ReplyBody {
    this.call.sent = true
    this.#replyBody = new ReplyBody(this)
    this.#resolve(new Reply(status, HeaderMap.from(headers), this.#replyBody))
    return this.#replyBody
  }

  #answer(step: ReplyStep): void {
    const body = this.#headers(step.reply, step.headers)
    const bytes = bytesOf(step.body)
    const drip = (at: number): void => {
      if (at === bytes.length) this.#complete(body, step)
      else
        this.#after(step.dripMs, () => {
          body.push(bytes.subarray(at, at + 1))
          drip(at + 1)
        })
    }
    this.#after(step.bodyDelayMs, () => {
      if (step.dripMs !== undefined && step.dripMs > 0) return drip(0)
      if (bytes.length > 0) body.push(bytes)
      this.#complete(body, step)
    })
  }

  #complete(body: ReplyBody, step: ReplyStep): void {
    this.#end()
    body.complete(step.trailers === undefined ? undefined : HeaderMap.from(step.trailers))
  }

  #fail(code: MeshError['code'], { sent, detail }: Omit<FailStep, 'fail'>): void {
    const { call } = this
    this.#end()
    const error = new MeshError(code, 'as the script says', {
      service: call.service,
      endpoint: call.endpoint?.id,
      attempts: call.attempt + 1,
      detail,
    })
    call.sent = call.sent || (sent ?? (error.origin === 'upstream' && error.flag !== 'UF'))
    if (this.#replyBody === undefined) this.#reject(error)
    else this.#replyBody.fail(error)
  }

  #end(): void {
    this.active = false
    this.#timer?.cancel()
    this.call.detach(this)
  }
}
