import type { ClientCall } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import { compose, type Handler } from '../core/interceptor.js'
import type { Observer } from '../core/observer.js'
import { deadlineStage } from '../resilience/timeout/index.js'
import { type UndiciTransport, undiciTransport } from '../transport/index.js'

/** The way out for hosts that no service names: untouched, but within the deadline of the request being served. */
export interface Passthrough {
  readonly send: Handler<ClientCall>
  close(): Promise<void>
  destroy(): Promise<void>
}

/** Makes it; connections are opened at the first call. */
export function createPassthrough(deps: { clock: Clock; observer: Observer }): Passthrough {
  const transport: UndiciTransport = undiciTransport({ ...deps, service: 'passthrough' })
  return {
    send: compose([deadlineStage(undefined, deps)], transport),
    close: () => transport.close(),
    destroy: () => transport.destroy(),
  }
}
