import type { Clock } from '../core/clock.js'
import { isMeshError } from '../core/errors.js'
import { type Interceptor, proceed } from '../core/interceptor.js'
import { relaying } from '../core/relay.js'
import type { ServerCall } from '../core/server-call.js'
import { tellOf } from '../core/teller.js'
import { both, tellOutcome } from '../core/visit.js'
import type { AccessLog } from './access-log/access-log.js'
import { CallRecord } from './call-record.js'
import type { ServerMetrics } from './metrics/server-metrics.js'
import { type ServerSpan, startServerSpan } from './tracing/server-span.js'

/** What the telemetry of a server is made of. */
export interface ServerTelemetryDeps {
  readonly clock: Clock
  readonly metrics: ServerMetrics
  /** Undefined: no access log. */
  readonly accessLog: AccessLog | undefined
}

/** What the client is told in place of a reply; 0 for one that has gone. */
function statusWithoutReply(error: unknown): number {
  if (!isMeshError(error)) return 500
  return error.code === 'ERR_MESH_ABORTED' ? 0 : error.status
}

/** One inbound call on its way: ends with the reply body. */
class ServerRecord extends CallRecord<ServerTelemetryDeps, ServerCall, ServerSpan> {
  override release(error?: unknown): void {
    const { clock, metrics, accessLog } = this.deps
    const call = this.call
    const status = this.reply?.status ?? statusWithoutReply(error)
    const flag = isMeshError(error) ? error.flag : '-'
    const answered = this.reply !== undefined || (isMeshError(error) && error.origin === 'upstream')
    const durationMs = clock.now() - this.startMs
    metrics.record(call, status, flag, answered ? 'service' : 'kong', durationMs)
    this.span?.end(call, status, error)
    accessLog?.server(call, this.ended(durationMs, status, flag, error))
  }
}

/**
 * Telemetry of inbound calls, outermost in the server ring, so that what the stages below refuse is counted too: a count,
 * a duration, a span below the caller's, and a line in the access log.
 */
export function serverTelemetryStage(deps: ServerTelemetryDeps): Interceptor<ServerCall> {
  return relaying((next) => {
    const tell = tellOf(next)
    return function serverTelemetry(call, visit) {
      const startMs = deps.clock.now()
      const span = startServerSpan(call)
      const record = both(visit, new ServerRecord(deps, call, span, startMs))
      if (span === undefined && deps.accessLog === undefined) return tell(call, record)
      // What is written to a log, or hangs below a span, finds the request's asynchronous context: that needs a promise.
      return tellOutcome(proceed(call, span === undefined ? next : (served) => span.run(served, next)), record)
    }
  })
}
