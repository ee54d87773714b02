import { type TextMapPropagator, trace } from '@opentelemetry/api'

/** W3C trace context, as an SDK would register it. */
export const w3cPropagator: TextMapPropagator = {
  inject(context, carrier, setter) {
    const span = trace.getSpanContext(context)
    if (span === undefined) return
    setter.set(carrier, 'traceparent', `00-${span.traceId}-${span.spanId}-0${span.traceFlags}`)
  },
  extract(context, carrier, getter) {
    const header = getter.get(carrier, 'traceparent')
    const [, traceId, spanId, flags] = String(header).split('-')
    if (traceId === undefined || spanId === undefined) return context
    return trace.setSpanContext(context, { traceId, spanId, traceFlags: Number(flags), isRemote: true })
  },
  fields: () => ['traceparent'],
}
