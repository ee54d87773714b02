import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { type DeadlineWheel, deadlineWheel, type Expirable } from '../../core/deadline.js'
import { MeshError } from '../../core/errors.js'
import { guarding, type Visit } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import { perTryTimeout } from './per-try.js'
import { whileStalled } from './stall.js'

class AttemptDeadline implements Expirable, Visit {
  readonly #call: ClientCall
  readonly #armed: Releasable

  constructor(call: ClientCall, wheel: DeadlineWheel, now: number, ms: number) {
    this.#call = call
    this.#armed = wheel.arm(now + ms, this, now)
  }

  replied(): void {
    this.#armed.release()
  }

  failed(): void {
    this.#armed.release()
  }

  expire(stalled: boolean): void {
    const call = this.#call
    call.cancel(
      new MeshError(
        'ERR_MESH_ATTEMPT_TIMEOUT',
        `${call.service || call.authority}: the attempt timed out${whileStalled(stalled)}`,
        {
          origin: stalled ? 'local' : undefined,
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
    return ms === 0 || now + ms >= call.deadline ? undefined : new AttemptDeadline(call, wheel, now, ms)
  })
}
