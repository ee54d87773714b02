import type { ClientCall } from '../../core/call.js'
import { deadlineWheel, type Expirable } from '../../core/deadline.js'
import { type Handler, proceed } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import type { HedgeDeps } from './deps.js'
import { takeLeave } from './leave.js'

class Overdue implements Expirable {
  readonly #report: () => void

  constructor(report: () => void) {
    this.#report = report
  }

  expire(): void {
    this.#report()
  }
}

/** Makes a call as ever, and reports when another attempt would have gone out beside it. */
export async function observedCall(
  call: ClientCall,
  next: Handler<ClientCall>,
  delayMs: number,
  deps: HedgeDeps,
): Promise<Reply> {
  const { clock, observer } = deps
  const now = clock.now()
  const report = (): void => {
    const permits = deps.permits?.(call)
    const sent = takeLeave(call, permits, deps)
    if (sent) permits?.release()
    const detail = `after ${Math.round(delayMs)} ms`
    observer.emit('observed', { service: call.service, policy: 'hedge', action: sent ? 'hedge' : 'suppress', detail })
  }
  const armed = deadlineWheel(clock).arm(now + delayMs, new Overdue(report), now)
  try {
    return await proceed(call, next)
  } finally {
    armed.release()
  }
}
