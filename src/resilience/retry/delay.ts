import type { ClientCall } from '../../core/call.js'
import type { Cancellable, Cancellation } from '../../core/cancellation.js'
import type { Clock } from '../../core/clock.js'

/**
 * Waits, for as long as the call lives: rejects at once, with the reason, when the call is cancelled or `ending` is.
 * No socket is open meanwhile, so the timer has to keep the process alive for the caller who awaits the reply.
 */
export function delay(call: ClientCall, ms: number, clock: Clock, ending?: Cancellation): Promise<void> {
  return new Promise((resolve, reject) => {
    function leave(): void {
      call.detach(waiting)
      ending?.detach(waiting)
    }
    const timer = clock.setTimer(() => {
      leave()
      resolve()
    }, ms)
    timer.ref?.()
    const waiting: Cancellable = {
      phase: 'backoff',
      cancel(reason) {
        timer.cancel()
        leave()
        reject(reason)
      },
    }
    // The one that outlives the wait first, so that a wait that ends at the other leaves nothing behind in it.
    ending?.attach(waiting)
    call.attach(waiting)
  })
}
