import type { Clock } from '../../core/clock.js'
import { deadlineWheel } from '../../core/deadline.js'
import { MeshError } from '../../core/errors.js'
import type { ServerCall } from '../../core/server-call.js'

/** Waits for something that never rejects, no longer than the call lives. */
export function waitWithin(call: ServerCall, work: Promise<void>, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiting = { cancel: (reason: unknown) => settle(() => reject(reason)) }
    const late = {
      expire: () =>
        settle(() =>
          reject(
            new MeshError('ERR_MESH_UNAVAILABLE', 'the keys did not arrive in time', { detail: 'jwks_unavailable' }),
          ),
        ),
    }
    const timer = Number.isFinite(call.deadline) ? deadlineWheel(clock).arm(call.deadline, late) : undefined
    function settle(how: () => void): void {
      timer?.release()
      call.detach(waiting)
      how()
    }
    call.attach(waiting)
    work.then(() => settle(resolve), reject)
  })
}
