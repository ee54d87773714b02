import type { ClientCall } from '../../core/call.js'
import { MeshError } from '../../core/errors.js'
import { timeoutOrigin } from './blame.js'
import { whileStalled } from './stall.js'

/** What an attempt without reply headers in its time fails with. */
export function attemptTimeout(call: ClientCall, stalled: boolean): MeshError {
  return new MeshError('ERR_MESH_ATTEMPT_TIMEOUT', `${call.callee}: the attempt timed out${whileStalled(stalled)}`, {
    origin: timeoutOrigin(call.phase, stalled),
    service: call.service,
    endpoint: call.endpoint?.id,
    attempts: call.attempt + 1,
    body: 'upstream request timeout',
    detail: 'upstream_per_try_timeout',
    phase: call.phase,
  })
}
