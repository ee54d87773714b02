import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { type DeadlineWheel, deadlineWheel, type Expirable } from '../../core/deadline.js'
import { MeshError } from '../../core/errors.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import type { Reply } from '../../core/reply.js'
import { perTryTimeout } from './per-try.js'
import { whileStalled } from './stall.js'

class AttemptDeadline implements Expirable {
  readonly #call: ClientCall

  constructor(call: ClientCall) {
    this.#call = call
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

async function guarded(call: ClientCall, next: Handler<ClientCall>, armed: Releasable): Promise<Reply> {
  try {
    return await proceed(call, next)
  } finally {
    armed.release()
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

  return function attemptTimeout(call, next) {
    const ms = call.peek(perTryTimeout) ?? perTryMs
    const now = clock.now()
    if (ms === 0 || now + ms >= call.deadline) return next(call)
    return guarded(call, next, wheel.arm(now + ms, new AttemptDeadline(call), now))
  }
}
