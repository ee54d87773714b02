import type { ClientCall } from '../../core/call.js'
import type { Cancellable } from '../../core/cancellation.js'
import type { Clock, Timer } from '../../core/clock.js'
import { MeshError } from '../../core/errors.js'

/** A wait on purpose that ends early when the call is cancelled or its deadline passes. */
class Pause implements Cancellable {
  readonly phase = 'fault'
  readonly #reject: (reason: unknown) => void
  readonly #timer: Timer

  constructor(ms: number, clock: Clock, over: () => void, reject: (reason: unknown) => void) {
    this.#reject = reject
    this.#timer = clock.setTimer(over, ms)
    this.#timer.ref?.()
  }

  cancel(reason: unknown): void {
    this.#timer.cancel()
    this.#reject(reason)
  }
}

function timedOut(call: ClientCall): MeshError {
  return new MeshError('ERR_MESH_TIMEOUT', `${call.callee}: the deadline passed`, {
    service: call.service,
    detail: 'response_timeout',
    phase: 'fault',
  })
}

/** Waits. Rejects with the reason of a cancelled call, and with `ERR_MESH_TIMEOUT` when the call's deadline comes first. */
export function pause(call: ClientCall, ms: number, clock: Clock): Promise<void> {
  const leftMs = call.deadline - clock.now()
  return new Promise<void>((resolve, reject) => {
    const over = (): void => {
      call.detach(waiting)
      if (ms < leftMs) resolve()
      else reject(timedOut(call))
    }
    const waiting = new Pause(Math.max(0, Math.min(ms, leftMs)), clock, over, reject)
    call.attach(waiting)
  })
}
