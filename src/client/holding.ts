import type { ClientCall } from '../core/call.js'
import { guarding } from '../core/guard.js'
import type { Interceptor } from '../core/interceptor.js'
import { ClusterDestination } from './destination.js'

/**
 * Keeps the destination of a call open until the call has ended: one that waits for a permit or for its next try finds
 * its endpoints although an update has removed the service or the subset meanwhile.
 */
export const holdDestination: Interceptor<ClientCall> = guarding(function holdDestination({ destination }) {
  if (!(destination instanceof ClusterDestination)) return undefined
  destination.calls.enter()
  return destination.calls
})
