import type { ClientCall } from '../core/call.js'
import type { Cancellable } from '../core/cancellation.js'
import type { Endpoint } from './endpoint.js'

/** What the first calls of a service may have to wait for. Everything is undefined once it is there. */
export interface Arrival {
  /** The first health checks: until they have ended nobody knows whom to call. */
  readonly checking: Promise<void> | undefined
  /** The first answer of the discovery. */
  readonly pending: Promise<void> | undefined
  /** Why the discovery has found nothing. */
  readonly failure: Error | undefined
}

/** Waits for as long as the call lives. */
function within(call: ClientCall, wait: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiting: Cancellable = { phase: 'discovery', cancel: reject }
    call.attach(waiting)
    void wait.then(() => {
      call.detach(waiting)
      resolve()
    })
  })
}

/** Chooses once there is something to choose from; undefined when there is nothing to wait for any more. */
export async function arrived(
  call: ClientCall,
  arrival: Arrival,
  choose: (call: ClientCall) => Endpoint | undefined,
): Promise<Endpoint | undefined> {
  for (;;) {
    const checks = arrival.checking
    const endpoint = checks === undefined ? choose(call) : undefined
    const wait = checks ?? (endpoint === undefined ? arrival.pending : undefined)
    if (wait === undefined) return endpoint
    await within(call, wait)
  }
}
