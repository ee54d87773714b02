import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { type DeadlineWheel, deadlineWheel, type Expirable } from '../../core/deadline.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import type { Reply } from '../../core/reply.js'
import type { ReplyBody } from '../../core/reply-body.js'
import type { Visit } from '../../core/visit.js'
import { attemptTimeout } from './attempt-timeout.js'

/** Watches one attempt for silence. Activity only notes the time: the wheel is asked again when the old time is up. */
class Silence implements Expirable, Visit, Releasable {
  readonly #call: ClientCall
  readonly #idleMs: number
  readonly #clock: Clock
  readonly #wheel: DeadlineWheel
  #activeAtMs: number
  #armed: Releasable
  #body: ReplyBody | undefined = undefined

  constructor(call: ClientCall, idleMs: number, clock: Clock) {
    this.#call = call
    this.#idleMs = idleMs
    this.#clock = clock
    this.#wheel = deadlineWheel(clock)
    this.#activeAtMs = clock.now()
    this.#armed = this.#wheel.arm(this.#activeAtMs + idleMs, this, this.#activeAtMs)
  }

  readonly onActivity = (): void => {
    this.#activeAtMs = this.#clock.now()
  }

  /** From now on it is the body that may be silent. */
  replied({ body, lease }: Reply): void {
    this.onActivity()
    this.#body = body
    body.onActivity = this.onActivity
    lease.hold(this)
  }

  failed(): void {
    this.release()
  }

  expire(stalled: boolean): void {
    // A peer that is not read from cannot say anything.
    if (this.#body?.held === true) this.onActivity()
    const atMs = this.#activeAtMs + this.#idleMs
    if (atMs > this.#clock.now()) {
      this.#armed = this.#wheel.arm(atMs, this)
      return
    }
    const what = `nothing came for ${this.#idleMs} ms`
    this.#call.cancel(attemptTimeout(this.#call, stalled, what, 'upstream_per_try_idle_timeout'))
  }

  release(): void {
    this.#armed.release()
  }
}

/**
 * Bounds the silence of an attempt, from its start to the end of its reply body: Envoy's `per_try_idle_timeout`. Before
 * the reply headers it is a per-try timeout, which can be retried; after them it breaks the body off. While the reply is
 * not read, its sender is not to blame for the silence.
 */
export function idleTimeoutStage(idleMs: number, deps: { clock: Clock }): Interceptor<ClientCall> {
  const { clock } = deps

  return guarding((call) => new Silence(call, idleMs, clock))
}
