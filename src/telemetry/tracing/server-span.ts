import type { Context, Span } from '@opentelemetry/api'
import { isMeshError } from '../../core/errors.js'
import type { Handler } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import type { ServerCall } from '../../core/server-call.js'
import { knownMethod, serverAttributes } from './attributes.js'
import { extract } from './propagation.js'
import { type ActiveTracing, activeTracing } from './tracer.js'

/** The span of one inbound call. */
export class ServerSpan {
  readonly #api: ActiveTracing['api']
  readonly #span: Span
  readonly #context: Context

  constructor(api: ActiveTracing['api'], span: Span, parent: Context) {
    this.#api = api
    this.#span = span
    this.#context = api.trace.setSpan(parent, span)
  }

  /** Serves the call with the span active, so that what the application does hangs below it. */
  run(call: ServerCall, next: Handler<ServerCall>): Promise<Reply> {
    return this.#api.context.with(this.#context, next, undefined, call)
  }

  /** Ends the span. `status` 0: there was no answer. */
  end(call: ServerCall, status: number, error: unknown): void {
    const span = this.#span
    const { route, service, clientAddress } = call
    if (route !== undefined) {
      span.updateName(`${knownMethod(call.method)} ${route}`)
      span.setAttribute('http.route', route)
    }
    if (service !== undefined) span.setAttribute('mesh.service', service)
    span.setAttribute('client.address', clientAddress)
    if (status !== 0) span.setAttribute('http.response.status_code', status)
    const failure = isMeshError(error) ? error.code : error !== undefined ? '_OTHER' : undefined
    if (status >= 500 || status === 0) {
      span.setAttribute('error.type', failure ?? String(status))
      const code = this.#api.SpanStatusCode.ERROR
      span.setStatus(error instanceof Error ? { code, message: error.message } : { code })
      if (error instanceof Error && !isMeshError(error)) span.recordException(error)
    } else if (failure !== undefined) span.setAttribute('error.type', failure)
    span.end()
  }
}

/**
 * Begins the span of an inbound call below the caller's; undefined without an SDK. Where instrumentation of node:http has
 * begun one for the request already, ours is a step inside it.
 */
export function startServerSpan(call: ServerCall): ServerSpan | undefined {
  const tracing = activeTracing()
  if (tracing === undefined) return undefined
  const { api, tracer } = tracing
  const { SpanKind } = api
  const active = api.context.active()
  const inside = api.trace.getSpan(active) !== undefined
  const parent = inside ? active : extract(api, active, call.headers)
  const kind = inside ? SpanKind.INTERNAL : SpanKind.SERVER
  const span = tracer.startSpan(knownMethod(call.method), { kind, attributes: serverAttributes(call) }, parent)
  return new ServerSpan(api, span, parent)
}
