import type { ClientCall } from '../../core/call.js'
import { Alarm } from '../../core/deadline.js'
import type { Reply } from '../../core/reply.js'
import { tellLateFailure, tellOverdue, type Visit } from '../../core/visit.js'
import { attemptTimeout } from './attempt-timeout.js'
import type { SoftTimeout } from './per-try.js'

/**
 * Stands between an attempt that outlives its timeout and those who watch it: who judges the endpoint hears of the
 * timeout once, as it passes or when there is no answer after all, and of an answer that still comes.
 */
export class SoftDeadline extends Alarm implements Visit {
  readonly #call: ClientCall
  readonly #soft: SoftTimeout
  readonly #outer: Visit | undefined
  /** Whatever becomes of the blame: what has been said is not taken back. */
  #told = false

  constructor(call: ClientCall, soft: SoftTimeout, outer: Visit | undefined) {
    super()
    this.#call = call
    this.#soft = soft
    this.#outer = outer
  }

  replied(reply: Reply): void {
    this.release()
    this.#outer?.replied(reply)
  }

  failed(error: unknown): void {
    this.release()
    if (this.#told) tellLateFailure(error, this.#outer)
    else this.#outer?.failed(error)
  }

  expire(stalled: boolean): void {
    const error = attemptTimeout(this.#call, stalled)
    if (error.origin === 'local') return
    this.#soft.passed = error
    this.#told = true
    tellOverdue(error, this.#outer)
  }
}
