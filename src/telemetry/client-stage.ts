import type { ClientCall } from '../core/call.js'
import type { Classifier } from '../core/classifier.js'
import type { Clock } from '../core/clock.js'
import { isMeshError } from '../core/errors.js'
import { guarding } from '../core/guard.js'
import { followInbound } from '../core/inbound.js'
import { type Interceptor, proceed } from '../core/interceptor.js'
import { relaying } from '../core/relay.js'
import type { Reply } from '../core/reply.js'
import { tellOf } from '../core/teller.js'
import { both, tellOutcome } from '../core/visit.js'
import type { AccessLog } from './access-log/access-log.js'
import { CallRecord } from './call-record.js'
import type { ClientMetrics, ClientOutcome } from './metrics/client-metrics.js'
import type { CounterSeries } from './metrics/counter.js'
import { type ClientSpan, startClientSpan } from './tracing/client-span.js'

/** What the telemetry of a service is made of. */
export interface ClientTelemetryDeps {
  readonly clock: Clock
  readonly classifier: Classifier
  readonly metrics: ClientMetrics
  /** Undefined: no access log. */
  readonly accessLog: AccessLog | undefined
}

function outcomeOf(classifier: Classifier, call: ClientCall, status: number, error: unknown): ClientOutcome {
  if (error === undefined) return classifier.status(status)
  if (!isMeshError(error)) return call.cancelled ? 'aborted' : 'failure'
  if (error.code === 'ERR_MESH_ABORTED') return 'aborted'
  return error.origin === 'local' ? 'rejected' : classifier.error(error)
}

/** What a caller without a reply would have been told; 0 for one that did not wait. */
function statusWithoutReply(error: unknown): number {
  return isMeshError(error) && error.code !== 'ERR_MESH_ABORTED' ? error.status : 0
}

function flagOf(call: ClientCall, reply: Reply | undefined, error: unknown): string {
  if (isMeshError(error)) return error.flag
  if (error === undefined && reply?.flag !== undefined) return reply.flag
  return error !== undefined && call.cancelled ? 'DC' : '-'
}

/** One logical call on its way: ends with the reply body. */
class ClientRecord extends CallRecord<ClientTelemetryDeps, ClientCall, ClientSpan> {
  override release(error?: unknown): void {
    const { clock, classifier, metrics, accessLog } = this.deps
    const call = this.call
    const status = this.reply?.status ?? statusWithoutReply(error)
    const flag = flagOf(call, this.reply, error)
    const durationMs = clock.now() - this.startMs
    metrics.record(status, flag, outcomeOf(classifier, call, status, error), durationMs, call.destination?.subset)
    if (isMeshError(error) && error.code === 'ERR_MESH_TIMEOUT') metrics.deadlineExceeded(error.phase ?? 'unknown')
    this.span?.end(call, status, error)
    accessLog?.client(call, this.ended(durationMs, status, flag, error))
  }
}

/**
 * Telemetry of logical calls, outermost in the service ring: a count, a duration that lasts until the reply body ends
 * (as in Istio), a span and its propagation, and a line in the access log.
 */
export function clientTelemetryStage(deps: ClientTelemetryDeps): Interceptor<ClientCall> {
  // What a call passes on it finds in the request that it is made for.
  followInbound()

  return relaying((next) => {
    const tell = tellOf(next)
    return function clientTelemetry(call, visit) {
      const span = startClientSpan(call)
      const record = both(visit, new ClientRecord(deps, call, span, deps.clock.now()))
      if (span === undefined && deps.accessLog === undefined) return tell(call, record)
      // What is written to a log, or hangs below a span, finds the caller's asynchronous context: that needs a promise.
      return tellOutcome(proceed(call, span === undefined ? next : (spanned) => span.run(spanned, next)), record)
    }
  })
}

/** Telemetry of attempts, in the endpoint ring: counts what really goes out to an endpoint. */
export function attemptTelemetryStage(metrics: ClientMetrics): Interceptor<ClientCall> {
  return guarding(function attemptTelemetry(call: ClientCall) {
    metrics.attempt(call.attempt)
    return undefined
  })
}

/** Telemetry of copies, in the endpoint ring of a mirror: no caller waits for them, so they are nobody's attempts. */
export function copyTelemetryStage(copies: CounterSeries): Interceptor<ClientCall> {
  return guarding(function copyTelemetry() {
    copies.inc()
    return undefined
  })
}
