import type { Cancellable, Cancellation } from './cancellation.js'
import type { Clock, Timer } from './clock.js'
import { Held } from './held.js'
import { type Handler, proceed } from './interceptor.js'
import type { Reply } from './reply.js'

/** How long after a call was cancelled what works for it may take to end, ms. */
const graceMs = 1_000

/**
 * Calls on. What does not come back though its call was cancelled - a hook that hangs - is given up, so that what is held
 * for the call is held no longer; what it brings later is let go.
 */
export function unlessHung<C extends Cancellation>(call: C, next: Handler<C>, clock: Clock): Promise<Reply> {
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined
    let givenUp = false
    const watch: Cancellable = {
      cancel(reason) {
        timer = clock.setTimer(() => {
          givenUp = true
          reject(reason)
        }, graceMs)
      },
    }
    function end(): void {
      timer?.cancel()
      call.detach(watch)
    }
    call.attach(watch)
    proceed(call, next).then(
      (reply) => {
        end()
        if (givenUp) reply.body.cancel()
        else resolve(reply)
      },
      (error) => {
        end()
        reject(error)
      },
    )
  })
}

/** Work that ends with something larger than itself, until it has ended by itself. */
export class Bond extends Held {
  readonly #scope: Cancellation
  readonly #work: Cancellable

  constructor(scope: Cancellation, work: Cancellable) {
    super()
    this.#scope = scope
    this.#work = work
    scope.attach(work)
  }

  release(): void {
    this.#scope.detach(this.#work)
  }
}
