import { channel } from 'node:diagnostics_channel'
import type { Context, Span } from '@opentelemetry/api'
import type { ClientCall } from '../../core/call.js'
import { isMeshError } from '../../core/errors.js'
import type { Handler } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import { clientAttributes, knownMethod } from './attributes.js'
import { inject, parentOf, passOn } from './propagation.js'
import { type ActiveTracing, activeTracing } from './tracer.js'

/** Somebody who listens here makes a client span an exchange: OpenTelemetry's instrumentation of undici does. */
const exchanges = channel('undici:request:create')

/** The span of one logical call, its retries included; instrumentation of undici adds the attempts below it. */
export class ClientSpan {
  readonly #api: ActiveTracing['api']
  readonly #span: Span
  readonly #context: Context

  constructor(api: ActiveTracing['api'], span: Span, around: Context) {
    this.#api = api
    this.#span = span
    this.#context = around
  }

  /** Makes the call with the span active, so that spans of its exchanges hang below it. */
  run(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    return this.#api.context.with(this.#context, next, undefined, call)
  }

  /** Ends the span. `status` 0: there was no answer; `error`: why, or how the body broke off. */
  end(call: ClientCall, status: number, error: unknown): void {
    const span = this.#span
    const { SpanStatusCode } = this.#api
    const { route, destination, endpoint, attempt } = call
    if (route !== undefined) span.setAttribute('mesh.route', route.name)
    if (destination !== undefined) span.setAttribute('mesh.destination', destination.name)
    if (endpoint !== undefined) {
      span.setAttribute('network.peer.address', endpoint.host)
      span.setAttribute('network.peer.port', endpoint.port)
    }
    if (attempt > 0) span.setAttribute('http.request.resend_count', attempt)
    if (status !== 0) span.setAttribute('http.response.status_code', status)
    const failure = isMeshError(error) ? error.code : error !== undefined ? '_OTHER' : undefined
    if (failure !== undefined || status >= 400) {
      span.setAttribute('error.type', failure ?? String(status))
      span.setStatus(
        isMeshError(error) ? { code: SpanStatusCode.ERROR, message: error.message } : { code: SpanStatusCode.ERROR },
      )
    }
    span.end()
  }
}

/**
 * Begins the span of a call and writes it into the call's headers. Without an SDK there is no span, and the trace of the
 * request being served is passed on as it came.
 */
export function startClientSpan(call: ClientCall): ClientSpan | undefined {
  const tracing = activeTracing()
  if (tracing === undefined) {
    passOn(call.headers)
    return undefined
  }
  const { api, tracer } = tracing
  const { SpanKind } = api
  const parent = parentOf(api)
  const kind = exchanges.hasSubscribers ? SpanKind.INTERNAL : SpanKind.CLIENT
  const span = tracer.startSpan(knownMethod(call.method), { kind, attributes: clientAttributes(call) }, parent)
  const around = api.trace.setSpan(parent, span)
  inject(api, around, call.headers)
  passOn(call.headers)
  return new ClientSpan(api, span, around)
}
