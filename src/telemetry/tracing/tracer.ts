import { ProxyTracerProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api'

const name = 'sidecarless'
let lastProvider: TracerProvider | undefined
let lastTracer: Tracer | undefined

/**
 * The tracer of the SDK that the user has registered; undefined without one, and then nothing of tracing is done for a
 * call beyond passing trace headers on.
 */
export function activeTracer(): Tracer | undefined {
  const registered = trace.getTracerProvider()
  const provider = registered instanceof ProxyTracerProvider ? registered.getDelegate() : registered
  if (provider !== lastProvider) {
    lastProvider = provider
    lastTracer =
      registered instanceof ProxyTracerProvider ? registered.getDelegateTracer(name) : registered.getTracer(name)
  }
  return lastTracer
}
