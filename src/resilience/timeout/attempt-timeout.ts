import type { ClientCall } from '../../core/call.js'
import { MeshError } from '../../core/errors.js'
import { timeoutOrigin } from './blame.js'
import { whileStalled } from './stall.js'

/** What an attempt that took too long fails with; `detail` is Envoy's name for it. */
export function attemptTimeout(
  call: ClientCall,
  stalled: boolean,
  what = 'the attempt timed out',
  detail = 'upstream_per_try_timeout',
): MeshError {
  return new MeshError('ERR_MESH_ATTEMPT_TIMEOUT', `${call.callee}: ${what}${whileStalled(stalled)}`, {
    origin: timeoutOrigin(call.phase, stalled),
    service: call.service,
    endpoint: call.endpoint?.id,
    attempts: call.attempt + 1,
    body: 'upstream request timeout',
    detail,
    phase: call.phase,
  })
}
