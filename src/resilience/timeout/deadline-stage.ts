import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { Alarm, type DeadlineWheel, deadlineWheel, type Expirable } from '../../core/deadline.js'
import { MeshError } from '../../core/errors.js'
import { guarding } from '../../core/guard.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import type { Phase } from '../../core/phase.js'
import type { Reply } from '../../core/reply.js'
import type { Visit } from '../../core/visit.js'
import { deadlineOrigin, isHurried } from './blame.js'
import { whileStalled } from './stall.js'

function deadlineExceeded(call: ClientCall, phase: Phase | undefined, stalled: boolean): MeshError {
  return new MeshError('ERR_MESH_TIMEOUT', `${call.callee}: the deadline passed${whileStalled(stalled)}`, {
    origin: deadlineOrigin(call, phase, stalled),
    service: call.service,
    endpoint: call.endpoint?.id,
    body: 'upstream request timeout',
    detail: 'response_timeout',
    phase,
  })
}

/** A call under its deadline, where everything that works for it settles with the reason once it is told to stop. */
class Bound extends Alarm implements Visit {
  readonly #call: ClientCall

  constructor(call: ClientCall) {
    super()
    this.#call = call
  }

  expire(stalled: boolean): void {
    this.#call.cancel(deadlineExceeded(this.#call, this.#call.phase, stalled))
  }

  replied(reply: Reply): void {
    reply.lease.hold(this)
  }

  failed(): void {
    this.release()
  }
}

/**
 * A call under its deadline. What works for the call is told to stop and settles with the reason; an interceptor that
 * does not listen is not waited for, and whatever it brings later is let go.
 */
class Deadline implements Expirable {
  readonly #call: ClientCall
  readonly #reject: (reason: MeshError) => void
  armed: Releasable | undefined = undefined
  #passed = false

  constructor(call: ClientCall, reject: (reason: MeshError) => void) {
    this.#call = call
    this.#reject = reject
  }

  expire(stalled: boolean): void {
    const reason = deadlineExceeded(this.#call, this.#call.phase, stalled)
    this.#call.cancel(reason)
    setImmediate(() => {
      this.#passed = true
      this.#reject(reason)
    })
  }

  answered(reply: Reply): Reply {
    if (this.#passed) reply.body.cancel()
    else if (this.armed !== undefined) reply.lease.hold(this.armed)
    return reply
  }
}

function raced(call: ClientCall, next: Handler<ClientCall>, arm: (deadline: Deadline) => Releasable): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const deadline = new Deadline(call, reject)
    const armed = arm(deadline)
    deadline.armed = armed
    proceed(call, next).then(
      (reply) => resolve(deadline.answered(reply)),
      (error) => {
        armed.release()
        reject(error)
      },
    )
  })
}

/** What the stage is told from outside. */
export interface DeadlineStageDeps {
  readonly clock: Clock
  /** Whether everything further in settles once it is cancelled. Default false: hooks of users are there. */
  readonly settles?: boolean | undefined
}

/**
 * Bounds a call from its start to the end of its reply body, as Istio's `timeout` does: the deadline is a number that
 * the rings below read, and one entry on the shared wheel cancels whatever still works for the call when it passes.
 * An inherited deadline is armed too. `totalMs` undefined or 0 adds none.
 */
export function deadlineStage(
  totalMs: number | undefined,
  { clock, settles = false }: DeadlineStageDeps,
): Interceptor<ClientCall> {
  const wheel: DeadlineWheel = deadlineWheel(clock)
  const limitMs = totalMs === undefined || totalMs === 0 ? Number.POSITIVE_INFINITY : totalMs

  function isUnbounded(call: ClientCall): boolean {
    return limitMs === Number.POSITIVE_INFINITY && call.deadline === Number.POSITIVE_INFINITY
  }

  /** When the call begins, ms. Throws if its time is up already. */
  function begin(call: ClientCall): number {
    const now = clock.now()
    if (now + limitMs < call.deadline) call.deadline = now + limitMs
    else call.hurried = isHurried(call, limitMs, now)
    if (call.deadline <= now) throw deadlineExceeded(call, 'queue', false)
    return now
  }

  if (settles)
    return guarding(function deadline(call: ClientCall) {
      if (isUnbounded(call)) return undefined
      const now = begin(call)
      const bound = new Bound(call)
      wheel.arm(call.deadline, bound, now)
      return bound
    })

  async function boundedCall(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    const now = begin(call)
    return raced(call, next, (deadline) => wheel.arm(call.deadline, deadline, now))
  }

  return function deadline(call, next) {
    return isUnbounded(call) ? next(call) : boundedCall(call, next)
  }
}
