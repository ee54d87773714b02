import type { Clock } from '../core/clock.js'
import { MeshError } from '../core/errors.js'
import { guarding } from '../core/guard.js'
import type { Interceptor } from '../core/interceptor.js'
import type { ServerCall } from '../core/server-call.js'

/** The answer to a request that nobody waits for any more. */
export function requestExpired(): MeshError {
  return new MeshError('ERR_MESH_TIMEOUT', 'the caller does not wait for this request any more', {
    detail: 'request_expired',
    phase: 'queue',
  })
}

/**
 * Drops work that nobody waits for any more: a request whose deadline has passed by the time the policies are through -
 * in a queue, or waiting for keys - gets 504 and never reaches the application.
 */
export function expiry({ clock }: { clock: Clock }): Interceptor<ServerCall> {
  return guarding(function dropExpired(call: ServerCall) {
    if (call.deadline !== Number.POSITIVE_INFINITY && call.deadline <= clock.now()) throw requestExpired()
    return undefined
  })
}
