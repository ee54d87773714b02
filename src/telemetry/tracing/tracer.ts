import { createRequire } from 'node:module'
import type * as OpenTelemetry from '@opentelemetry/api'
import type { Tracer, TracerProvider } from '@opentelemetry/api'

/** OpenTelemetry's API and our tracer in it, as long as an SDK is registered. */
export interface ActiveTracing {
  readonly api: typeof OpenTelemetry
  readonly tracer: Tracer
}

const name = 'sidecarless'
/** Where all copies of the API in a process keep what is registered: as long as nothing is there, no SDK is. */
const registrations = Symbol.for('opentelemetry.js.api.1')

let api: typeof OpenTelemetry | undefined
let lastProvider: TracerProvider | undefined
let lastTracing: ActiveTracing | undefined

/** The API, loaded once somebody has registered something in it. */
function openTelemetry(): typeof OpenTelemetry | undefined {
  if (api === undefined && registrations in globalThis) api = createRequire(import.meta.url)('@opentelemetry/api')
  return api
}

/**
 * Tracing with the SDK that the user has registered; undefined without one, and then nothing of tracing is done for a
 * call beyond passing trace headers on.
 */
export function activeTracing(): ActiveTracing | undefined {
  const api = openTelemetry()
  if (api === undefined) return undefined
  const registered = api.trace.getTracerProvider()
  const proxy = registered instanceof api.ProxyTracerProvider ? registered : undefined
  const provider = proxy === undefined ? registered : proxy.getDelegate()
  if (provider !== lastProvider) {
    lastProvider = provider
    const tracer = proxy === undefined ? registered.getTracer(name) : proxy.getDelegateTracer(name)
    lastTracing = tracer === undefined ? undefined : { api, tracer }
  }
  return lastTracing
}
