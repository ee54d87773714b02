import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { type DeadlineWheel, deadlineWheel, type Expirable } from '../../core/deadline.js'
import { MeshError } from '../../core/errors.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import type { Reply } from '../../core/reply.js'
import { whileStalled } from './stall.js'

function deadlineExceeded(call: ClientCall, phase: string | undefined, stalled: boolean): MeshError {
  return new MeshError(
    'ERR_MESH_TIMEOUT',
    `${call.service || call.authority}: the deadline passed${whileStalled(stalled)}`,
    {
      origin: stalled ? 'local' : undefined,
      service: call.service,
      endpoint: call.endpoint?.id,
      body: 'upstream request timeout',
      detail: 'response_timeout',
      phase,
    },
  )
}

class Deadline implements Expirable {
  readonly #call: ClientCall

  constructor(call: ClientCall) {
    this.#call = call
  }

  expire(stalled: boolean): void {
    this.#call.cancel(deadlineExceeded(this.#call, this.#call.phase, stalled))
  }
}

async function guarded(call: ClientCall, next: Handler<ClientCall>, armed: Releasable): Promise<Reply> {
  try {
    const reply = await proceed(call, next)
    reply.lease.hold(armed)
    return reply
  } catch (error) {
    armed.release()
    throw error
  }
}

/**
 * Bounds a call from its start to the end of its reply body, as Istio's `timeout` does: the deadline is a number that
 * the rings below read, and one entry on the shared wheel cancels whatever still works for the call when it passes.
 * An inherited deadline is armed too. `totalMs` undefined or 0 adds none.
 */
export function deadlineStage(totalMs: number | undefined, deps: { clock: Clock }): Interceptor<ClientCall> {
  const { clock } = deps
  const wheel: DeadlineWheel = deadlineWheel(clock)
  const limitMs = totalMs === undefined || totalMs === 0 ? Number.POSITIVE_INFINITY : totalMs

  return function deadline(call, next) {
    if (limitMs === Number.POSITIVE_INFINITY && call.deadline === Number.POSITIVE_INFINITY) return next(call)
    const now = clock.now()
    if (now + limitMs < call.deadline) call.deadline = now + limitMs
    if (call.deadline <= now) return Promise.reject(deadlineExceeded(call, 'queue', false))
    return guarded(call, next, wheel.arm(call.deadline, new Deadline(call), now))
  }
}
