import type { ClientCall } from '../core/call.js'
import type { Handler } from '../core/interceptor.js'
import { ClusterDestination } from './destination.js'

/**
 * Keeps the destination of a call open until the call has ended: one that waits for a permit or for its next try finds
 * its endpoints although an update has removed the service or the subset meanwhile.
 */
export function holding(next: Handler<ClientCall>): Handler<ClientCall> {
  return async function holdDestination(call) {
    const { destination } = call
    if (!(destination instanceof ClusterDestination)) return next(call)
    const { calls } = destination
    calls.enter()
    try {
      const reply = await next(call)
      reply.lease.hold(calls)
      return reply
    } catch (error) {
      calls.release()
      throw error
    }
  }
}
