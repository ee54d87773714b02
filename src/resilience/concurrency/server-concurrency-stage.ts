import type { Classifier } from '../../core/classifier.js'
import { durationMs } from '../../core/duration.js'
import { MeshError } from '../../core/errors.js'
import { unlessHung } from '../../core/hold.js'
import type { Handler, Interceptor } from '../../core/interceptor.js'
import type { Observer } from '../../core/observer.js'
import type { Reply } from '../../core/reply.js'
import type { ServerCall } from '../../core/server-call.js'
import type { AdaptiveDeps } from './adaptive-limit.js'
import { RequestLimiter, type ShedReason } from './request-limiter.js'
import type { InboundConcurrencyOptions } from './server-options.js'

/** What the stage is told from outside. */
export interface ServerConcurrencyDeps extends AdaptiveDeps {
  /** Says which answers are failures, for `aimd`. */
  readonly classifier: Classifier
  /** Is told every refusal. */
  readonly observer: Observer
}

const details: Readonly<Record<ShedReason, string>> = {
  'event-loop': 'overload',
  'queue-full': 'reached_concurrency_limit',
  'queue-time': 'reached_concurrency_limit',
  outranked: 'reached_concurrency_limit',
}

/**
 * Keeps a server at what it can do: so many requests at once, few that wait, and for a short time; the rest gets 503 with
 * `retry-after` at once, before anybody has looked at its credentials or its body.
 */
export function serverConcurrencyStage(
  options: InboundConcurrencyOptions,
  deps: ServerConcurrencyDeps,
): Interceptor<ServerCall> {
  const { clock, classifier, observer } = deps
  const limiter = new RequestLimiter(options, deps)
  const { adaptive } = limiter
  const retryAfterMs = durationMs(options.retryAfter) ?? 1_000
  const observes = options.mode === 'observe'

  function refusal(reason: ShedReason): MeshError {
    observer.emit('shed', { reason })
    return new MeshError('ERR_MESH_UNAVAILABLE', `this server has too much to do (${reason})`, {
      retryAfterMs,
      detail: details[reason],
      flag: reason === 'event-loop' ? 'OM' : undefined,
    })
  }

  async function work(call: ServerCall, next: Handler<ServerCall>): Promise<Reply> {
    const sinceMs = clock.now()
    try {
      const reply = await unlessHung(call, next, clock)
      adaptive?.observe(clock.now() - sinceMs, classifier.status(reply.status), limiter.underWay)
      if (adaptive === undefined) reply.lease.hold(limiter)
      else limiter.release()
      return reply
    } catch (error) {
      const failed = error instanceof MeshError && error.status >= 500
      adaptive?.observe(clock.now() - sinceMs, failed ? 'failure' : 'ignored', limiter.underWay)
      limiter.release()
      throw error
    }
  }

  async function inTurn(call: ServerCall, next: Handler<ServerCall>): Promise<Reply> {
    await limiter.wait(call, refusal)
    return work(call, next)
  }

  return function limitRequests(call, next) {
    const trouble = limiter.trouble
    if (trouble === 'wait' && !observes) return inTurn(call, next)
    if (trouble !== undefined && observes) {
      const action = trouble === 'wait' ? 'wait' : 'refuse'
      observer.emit('observed', { service: '', policy: 'concurrency', action, detail: trouble })
    } else if (trouble === 'queue-full' && limiter.outrank(call, refusal)) return inTurn(call, next)
    else if (trouble !== undefined && trouble !== 'wait') return Promise.reject(refusal(trouble))
    limiter.enter()
    return work(call, next)
  }
}
