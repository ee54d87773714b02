import { type Context, context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { isMeshError } from '../../core/errors.js'
import type { Handler } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import type { ServerCall } from '../../core/server-call.js'
import { knownMethod, serverAttributes } from './attributes.js'
import { extract } from './propagation.js'
import { activeTracer } from './tracer.js'

/** The span of one inbound call. */
export class ServerSpan {
  readonly #span: Span
  readonly #context: Context

  constructor(span: Span, parent: Context) {
    this.#span = span
    this.#context = trace.setSpan(parent, span)
  }

  /** Serves the call with the span active, so that what the application does hangs below it. */
  run(call: ServerCall, next: Handler<ServerCall>): Promise<Reply> {
    return context.with(this.#context, next, undefined, call)
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
      span.setStatus({ code: SpanStatusCode.ERROR })
    } else if (failure !== undefined) span.setAttribute('error.type', failure)
    span.end()
  }
}

/**
 * Begins the span of an inbound call below the caller's; undefined without an SDK. Where instrumentation of node:http has
 * begun one for the request already, ours is a step inside it.
 */
export function startServerSpan(call: ServerCall): ServerSpan | undefined {
  const tracer = activeTracer()
  if (tracer === undefined) return undefined
  const active = context.active()
  const inside = trace.getSpan(active) !== undefined
  const parent = inside ? active : extract(active, call.headers)
  const kind = inside ? SpanKind.INTERNAL : SpanKind.SERVER
  const span = tracer.startSpan(knownMethod(call.method), { kind, attributes: serverAttributes(call) }, parent)
  return new ServerSpan(span, parent)
}
