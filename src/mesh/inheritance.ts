import type { ClientCall } from '../core/call.js'
import { Bond, holding } from '../core/hold.js'
import { inboundContext } from '../core/inbound.js'
import type { Handler } from '../core/interceptor.js'

/**
 * Lets a call inherit from the request that is being served: its deadline bounds the call, and a client that goes
 * away cancels it. Outside of a request nothing happens.
 */
export function inheriting(next: Handler<ClientCall>): Handler<ClientCall> {
  return function inherit(call) {
    const context = inboundContext()
    if (context === undefined) return next(call)
    call.caller = context
    if (context.deadline < call.deadline) call.deadline = context.deadline
    return holding(new Bond(context.cancellation, call), call, next)
  }
}
