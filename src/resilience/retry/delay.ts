import type { ClientCall } from '../../core/call.js'
import type { Cancellable } from '../../core/cancellation.js'
import type { Clock } from '../../core/clock.js'

/** Waits, for as long as the call lives: rejects at once, with its reason, when the call is cancelled. */
export function delay(call: ClientCall, ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.setTimer(() => {
      call.detach(waiting)
      resolve()
    }, ms)
    const waiting: Cancellable = {
      phase: 'backoff',
      cancel(reason) {
        timer.cancel()
        reject(reason)
      },
    }
    call.attach(waiting)
  })
}
