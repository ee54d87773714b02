import { type ClientCall, type ClientCallInit, clientCall } from '../core/call.js'
import type { Clock } from '../core/clock.js'
import { type Duration, parseDuration } from '../core/duration.js'
import { MeshError } from '../core/errors.js'
import type { Handler } from '../core/interceptor.js'
import { OneShot } from '../core/one-shot.js'
import type { Reply } from '../core/reply.js'
import { validate } from '../core/schema/index.js'
import { SignalLink } from '../core/signal-link.js'
import { tellOn } from '../core/teller.js'
import { both, tellFailure, type Visit } from '../core/visit.js'
import { type RetryOverride, retryOverride, retryOverrideOptions } from '../resilience/retry/index.js'

/** A call to make. Either `service` and `path`, or `url`. */
export interface RequestInit<Service extends string = string> extends ClientCallInit {
  service?: Service | undefined
  /** Ends the call, and with it everything that works for it. */
  signal?: AbortSignal | undefined
  /** Bound of this call, beside the service's own; the shorter counts. */
  timeout?: Duration | undefined
  /** Other retries for this call, or `false` for none. Where the service has no `retry`, nothing is retried. Default: the service's. */
  retry?: RetryOverride | false | undefined
}

/** Sends a call under the caller's own abort signal. Rejects with the signal's reason when it fires. */
function sendWithSignal(
  call: ClientCall,
  signal: AbortSignal,
  send: Handler<ClientCall>,
  visit: Visit | undefined,
): Promise<Reply> {
  if (signal.aborted) return tellFailure(signal.reason, visit)
  const link = new SignalLink(signal)
  link.follow(call)
  return tellOn(call, send, both(visit, link))
}

function timeoutOf(timeout: Duration | undefined): number {
  if (timeout === undefined) return 0
  const ms = parseDuration(timeout)
  if (ms === undefined) throw new MeshError('ERR_MESH_BAD_REQUEST', `the timeout ${String(timeout)} is no duration`)
  return ms
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
      const timeoutMs = timeoutOf(init.timeout)
      if (timeoutMs > 0) call.deadline = clock.now() + timeoutMs
      if (init.retry !== undefined) call.values.set(retryOverride, validate(retryOverrideOptions, init.retry, 'retry'))
    } catch (error) {
      return Promise.reject(error)
    }
    const visit = call.body.kind === 'stream' ? new OneShot(call.body) : undefined
    return init.signal === undefined ? tellOn(call, send, visit) : sendWithSignal(call, init.signal, send, visit)
  }
}
