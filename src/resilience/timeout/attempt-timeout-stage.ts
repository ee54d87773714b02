import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { Alarm, type DeadlineWheel, deadlineWheel } from '../../core/deadline.js'
import type { Interceptor } from '../../core/interceptor.js'
import { relaying } from '../../core/relay.js'
import { tellOf } from '../../core/teller.js'
import { both, type Visit } from '../../core/visit.js'
import { attemptTimeout } from './attempt-timeout.js'
import { perTryTimeout } from './per-try.js'
import { SoftDeadline } from './soft-deadline.js'

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
    this.#call.cancel(attemptTimeout(this.#call, stalled))
  }
}

/**
 * Bounds one attempt until its reply headers are there. From then on only the call's deadline counts: Envoy ignores a
 * per-try timeout once the response has started, because there is nothing left that could be tried again.
 * Cancels the call it is given, so a retry hands it a fork. Without effect where the deadline comes first. A soft timeout
 * is only told to what watches the attempt from further out.
 */
export function attemptTimeoutStage(perTryMs: number, deps: { clock: Clock }): Interceptor<ClientCall> {
  const { clock } = deps
  const wheel: DeadlineWheel = deadlineWheel(clock)

  return relaying((next) => {
    const tell = tellOf(next)
    return function attemptTimeoutBounds(call: ClientCall, outer) {
      const limit = call.peek(perTryTimeout) ?? perTryMs
      const soft = typeof limit === 'number' ? undefined : limit
      const ms = typeof limit === 'number' ? limit : limit.afterMs
      const now = clock.now()
      if (ms === 0 || now + ms >= call.deadline) return tell(call, outer)
      const deadline = soft === undefined ? new AttemptDeadline(call) : new SoftDeadline(call, soft, outer)
      wheel.arm(now + ms, deadline, now)
      return tell(call, soft === undefined ? both(outer, deadline) : deadline)
    }
  })
}
