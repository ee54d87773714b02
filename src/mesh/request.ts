import { type ClientCall, type ClientCallInit, clientCall } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import { type Duration, durationMs } from '../core/duration.js'
import type { Handler } from '../core/interceptor.js'
import type { Releasable } from '../core/lease.js'
import type { Reply } from '../core/reply.js'

/** A call to make. Either `service` and `path`, or `url`. */
export interface RequestInit<Service extends string = string> extends ClientCallInit {
  service?: Service | undefined
  /** Ends the call, and with it everything that works for it. */
  signal?: AbortSignal | undefined
  /** Bound of this call, beside the service's own; the shorter counts. */
  timeout?: Duration | undefined
}

/** One listener on the caller's signal for the life of one call: never more, and never longer. */
class AbortLink implements Releasable {
  readonly #signal: AbortSignal
  readonly #call: ClientCall

  constructor(signal: AbortSignal, call: ClientCall) {
    this.#signal = signal
    this.#call = call
    signal.addEventListener('abort', this)
  }

  /** The EventListener interface. */
  handleEvent(): void {
    this.#call.cancel(this.#signal.reason)
  }

  release(): void {
    this.#signal.removeEventListener('abort', this)
  }
}

/** Sends a call under the caller's own abort signal. Rejects with the signal's reason when it fires. */
async function sendWithSignal(call: ClientCall, signal: AbortSignal, send: Handler<ClientCall>): Promise<Reply> {
  if (signal.aborted) throw signal.reason
  const link = new AbortLink(signal, call)
  try {
    const reply = await send(call)
    reply.lease.hold(link)
    return reply
  } catch (error) {
    link.release()
    throw error
  }
}

/** Makes `mesh.request`: the call object goes straight into the rings. */
export function createRequest<Service extends string>(
  send: Handler<ClientCall>,
  clock: Clock,
): (init: RequestInit<Service>) => Promise<Reply> {
  return function request(init) {
    let call: ClientCall
    try {
      call = clientCall(init)
      const timeoutMs = durationMs(init.timeout)
      if (timeoutMs !== undefined && timeoutMs > 0) call.deadline = clock.now() + timeoutMs
    } catch (error) {
      return Promise.reject(error)
    }
    return init.signal === undefined ? send(call) : sendWithSignal(call, init.signal, send)
  }
}
