import type { ClientCall } from '../core/call.js'
import { Bond } from '../core/hold.js'
import { inboundContext } from '../core/inbound.js'
import type { Handler } from '../core/interceptor.js'
import { type Teller, telling, tellOf } from '../core/teller.js'
import { both } from '../core/visit.js'

/**
 * Lets a call inherit from the request that is being served: its deadline bounds the call, and a client that goes
 * away cancels it. Outside of a request nothing happens.
 */
export function inheriting(next: Handler<ClientCall>): Teller<ClientCall> {
  const tell = tellOf(next)
  return telling(function inherit(call, visit) {
    const context = inboundContext()
    if (context === undefined) return tell(call, visit)
    call.caller = context
    if (context.deadline < call.deadline) call.deadline = context.deadline
    return tell(call, both(visit, new Bond(context.cancellation, call)))
  })
}
