import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { Alarm, type DeadlineWheel, deadlineWheel } from '../../core/deadline.js'
import { MeshError } from '../../core/errors.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Visit } from '../../core/visit.js'
import { timeoutOrigin } from './blame.js'
import { perTryTimeout } from './per-try.js'
import { whileStalled } from './stall.js'

class AttemptDeadline extends Alarm implements Visit {
  readonly #call: ClientCall

  constructor(call: ClientCall) {
    super()
    this.#call = call
  }

  replied(): void {
    this.release()
  }

  failed(): void {
    this.release()
  }

  expire(stalled: boolean): void {
    const call = this.#call
    call.cancel(
      new MeshError(
        'ERR_MESH_ATTEMPT_TIMEOUT',
        `${call.service || call.authority}: the attempt timed out${whileStalled(stalled)}`,
        {
          origin: timeoutOrigin(call.phase, stalled),
          service: call.service,
          endpoint: call.endpoint?.id,
          attempts: call.attempt + 1,
          body: 'upstream request timeout',
          detail: 'upstream_per_try_timeout',
          phase: call.phase,
        },
      ),
    )
  }
}

/**
 * Bounds one attempt until its reply headers are there. From then on only the call's deadline counts: Envoy ignores a
 * per-try timeout once the response has started, because there is nothing left that could be tried again.
 * Cancels the call it is given, so a retry hands it a fork. Without effect where the deadline comes first.
 */
export function attemptTimeoutStage(perTryMs: number, deps: { clock: Clock }): Interceptor<ClientCall> {
  const { clock } = deps
  const wheel: DeadlineWheel = deadlineWheel(clock)

  return guarding(function attemptTimeout(call: ClientCall) {
    const ms = call.peek(perTryTimeout) ?? perTryMs
    const now = clock.now()
    if (ms === 0 || now + ms >= call.deadline) return undefined
    const deadline = new AttemptDeadline(call)
    wheel.arm(now + ms, deadline, now)
    return deadline
  })
}
