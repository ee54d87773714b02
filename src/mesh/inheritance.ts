import type { ClientCall } from '../core/call.js'
import type { Cancellation } from '../core/cancellation.js'
import { inboundContext } from '../core/inbound.js'
import type { Handler } from '../core/interceptor.js'
import type { Releasable } from '../core/lease.js'
import type { Reply } from '../core/reply.js'

/** The bond between an inbound request and a call made while it is served; ends with the call. */
class Bond implements Releasable {
  readonly #inbound: Cancellation
  readonly #call: ClientCall

  constructor(inbound: Cancellation, call: ClientCall) {
    this.#inbound = inbound
    this.#call = call
    inbound.attach(call)
  }

  release(): void {
    this.#inbound.detach(this.#call)
  }
}

async function bound(call: ClientCall, inbound: Cancellation, next: Handler<ClientCall>): Promise<Reply> {
  const bond = new Bond(inbound, call)
  try {
    const reply = await next(call)
    reply.lease.hold(bond)
    return reply
  } catch (error) {
    bond.release()
    throw error
  }
}

/**
 * Lets a call inherit from the request that is being served: its deadline bounds the call, and a client that goes
 * away cancels it. Outside of a request nothing happens.
 */
export function inheriting(next: Handler<ClientCall>): Handler<ClientCall> {
  return function inherit(call) {
    const context = inboundContext()
    if (context === undefined) return next(call)
    if (context.deadline < call.deadline) call.deadline = context.deadline
    return bound(call, context.cancellation, next)
  }
}
