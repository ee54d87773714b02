import type { Clock } from '../core/clock.js'
import { deadlineWheel, type Expirable } from '../core/deadline.js'
import type { MeshError } from '../core/errors.js'
import { type Handler, type Interceptor, proceed } from '../core/interceptor.js'
import { relaying } from '../core/relay.js'
import type { Reply } from '../core/reply.js'
import type { ServerCall } from '../core/server-call.js'
import { tellOf } from '../core/teller.js'
import { tellOutcome } from '../core/visit.js'
import { requestExpired } from './expiry.js'

/** A request on its way through the policies. Once it is with the application, its answer is the application's. */
class PolicyDeadline implements Expirable {
  readonly #call: ServerCall
  readonly #reject: (reason: MeshError) => void

  constructor(call: ServerCall, reject: (reason: MeshError) => void) {
    this.#call = call
    this.#reject = reject
  }

  expire(): void {
    if (this.#call.served) return
    const reason = requestExpired()
    this.#call.cancel(reason)
    this.#reject(reason)
  }
}

/**
 * A policy that does not come back - a store that hangs, an interceptor of the user's - holds a request up no longer than
 * its caller waits: 504, and the application never sees it. Requests without a deadline are not bounded.
 */
export function policyDeadline({ clock }: { clock: Clock }): Interceptor<ServerCall> {
  const wheel = deadlineWheel(clock)

  function bounded(call: ServerCall, next: Handler<ServerCall>): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      const armed = wheel.arm(call.deadline, new PolicyDeadline(call, reject))
      proceed(call, next).then(
        (reply) => {
          armed.release()
          resolve(reply)
        },
        (error) => {
          armed.release()
          reject(error)
        },
      )
    })
  }

  return relaying((next) => {
    const tell = tellOf(next)
    return function boundPolicies(call, visit) {
      return call.deadline === Number.POSITIVE_INFINITY ? tell(call, visit) : tellOutcome(bounded(call, next), visit)
    }
  })
}
