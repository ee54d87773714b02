import type { Clock } from '../core/clock.js'
import type { Releasable } from '../core/lease.js'
import type { Reply } from '../core/reply.js'
import type { Visit } from '../core/visit.js'
import type { AccessLog, LoggedEnd } from './access-log/access-log.js'

/** What every record needs. */
interface RecordDeps {
  readonly clock: Clock
  /** Undefined: no access log. */
  readonly accessLog: AccessLog | undefined
}

/** One call on its way, with its span if it has one: ends with the reply body, and is told then. */
export abstract class CallRecord<Deps extends RecordDeps, Call, Span> implements Visit, Releasable {
  protected readonly deps: Deps
  protected readonly call: Call
  protected readonly span: Span | undefined
  /** Monotonic. */
  protected readonly startMs: number
  /** From the start to the reply's head; measured for the access log alone. */
  private headersMs: number | undefined = undefined
  protected reply: Reply | undefined = undefined

  constructor(deps: Deps, call: Call, span: Span | undefined, startMs: number) {
    this.deps = deps
    this.call = call
    this.span = span
    this.startMs = startMs
  }

  replied(reply: Reply): void {
    this.reply = reply
    if (this.deps.accessLog !== undefined) this.headersMs = this.deps.clock.now() - this.startMs
    reply.lease.hold(this)
  }

  failed(error: unknown): void {
    this.release(error)
  }

  abstract release(error?: unknown): void

  /** What the access log is told. */
  protected ended(durationMs: number, status: number, flag: string, error: unknown): LoggedEnd {
    const { headersMs, reply } = this
    return { startMs: this.deps.clock.wallNow() - durationMs, durationMs, headersMs, status, flag, reply, error }
  }
}
