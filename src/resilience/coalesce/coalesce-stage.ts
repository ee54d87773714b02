import type { ClientCall } from '../../core/call.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Observer } from '../../core/observer.js'
import { Flight } from './flight.js'
import type { CoalesceOptions } from './options.js'

/** What coalescing is told from outside. */
export interface CoalesceDeps {
  /** Is told every call that waits for another's answer. */
  readonly observer: Observer
}

/** Headers that tell calls apart and change no answer. */
const tracing: readonly string[] = ['traceparent', 'tracestate', 'baggage', 'b3', 'x-request-id', 'x-mesh-timeout-ms']

/** What calls have to agree in: all that the callee sees of them, whoever the caller says that it is included. */
function keyOf({ method, scheme, authority, named, path, headers }: ClientCall, ignored: ReadonlySet<string>): string {
  const parts = [method, scheme, authority, named, path]
  const { raw } = headers
  for (let i = 0; i < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase()
    if (!ignored.has(name)) parts.push(name, raw[i + 1] ?? '')
  }
  return parts.join('\n')
}

/**
 * Makes one exchange of identical GETs and HEADs that are under way at the same time ("single flight", nginx's
 * `proxy_cache_lock`). Identical means every header too, so that nobody gets what was meant for somebody else. A call
 * that joins may leave at any time, by its own deadline or cancellation; the exchange ends with the last one.
 */
export function coalesceStage(options: CoalesceOptions, { observer }: CoalesceDeps): Interceptor<ClientCall> {
  const { maxBytes = 1_048_576, ignoreHeaders = [] } = options === true ? {} : options
  const ignored = new Set([...tracing, ...ignoreHeaders.map((name) => name.toLowerCase())])
  const flights = new Map<string, Flight>()

  return function coalesce(call, next) {
    if ((call.method !== 'GET' && call.method !== 'HEAD') || call.body.kind !== 'none') return next(call)
    const key = keyOf(call, ignored)
    const known = flights.get(key)
    if (known !== undefined) {
      observer.emit('coalesced', { service: call.service })
      return known.join(call)
    }
    const flight = new Flight(call, next, maxBytes, function landed() {
      if (flights.get(key) === flight) flights.delete(key)
    })
    flights.set(key, flight)
    const reply = flight.join(call)
    flight.start()
    return reply
  }
}
