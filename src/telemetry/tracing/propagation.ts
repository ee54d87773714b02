import type { Context, TextMapGetter, TextMapSetter } from '@opentelemetry/api'
import type { HeaderMap } from '../../core/headers.js'
import { inboundContext } from '../../core/inbound.js'
import type { ActiveTracing } from './tracer.js'

const setter: TextMapSetter<HeaderMap> = {
  set: (headers, name, value) => headers.set(name, value),
}

const getter: TextMapGetter<HeaderMap> = {
  get: (headers, name) => headers.get(name.toLowerCase()),
  keys: (headers) => [...new Set([...headers].map(([name]) => name.toLowerCase()))],
}

interface TraceHeaders {
  readonly traceparent: string | undefined
  readonly tracestate: string | undefined
}

const traceGetter: TextMapGetter<TraceHeaders> = {
  get: (headers, name) =>
    name === 'traceparent' ? headers.traceparent : name === 'tracestate' ? headers.tracestate : undefined,
  keys: () => ['traceparent', 'tracestate'],
}

/** Hands the trace and the id of the request being served on to a call made for it, unchanged, if the call has none. */
export function passOn(headers: HeaderMap): void {
  const inbound = inboundContext()
  if (inbound === undefined) return
  const { traceparent, tracestate, requestId } = inbound
  if (traceparent !== undefined && !headers.has('traceparent')) {
    headers.set('traceparent', traceparent)
    if (tracestate !== undefined) headers.set('tracestate', tracestate)
  }
  if (requestId !== '' && !headers.has('x-request-id')) headers.set('x-request-id', requestId)
}

/** Writes a context into the headers of a call. */
export function inject({ propagation }: ActiveTracing['api'], context: Context, headers: HeaderMap): void {
  propagation.inject(context, headers, setter)
}

/** The context that a caller sent. */
export function extract({ propagation }: ActiveTracing['api'], context: Context, headers: HeaderMap): Context {
  return propagation.extract(context, headers, getter)
}

/** The parent of an outbound call: the active span, else what the request being served came with. */
export function parentOf({ context, propagation, trace }: ActiveTracing['api']): Context {
  const active = context.active()
  if (trace.getSpan(active) !== undefined) return active
  const inbound = inboundContext()
  if (inbound?.traceparent === undefined) return active
  return propagation.extract(active, inbound, traceGetter)
}
