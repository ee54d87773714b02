import type { ClientCall } from '../../core/call.js'
import type { Classifier } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import { MeshError } from '../../core/errors.js'
import { unlessHung } from '../../core/hold.js'
import type { Handler, Interceptor } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import type { AdaptiveLimit } from './adaptive-limit.js'
import type { Limiter } from './limiter.js'

/** What the stage is told from outside. */
export interface LimitsStageDeps {
  /** Measures latencies, for adaptive limits, and how long a cancelled call may take to end. */
  readonly clock: Clock
  /** Says what an outcome means to them. */
  readonly classifier: Classifier
}

/**
 * Lets a call through when the limiter has a permit for it, and holds the permit until the reply body has ended: a
 * call that still reads still uses its connection. A cancelled call that does not end gives it back after a second.
 */
export function limitsStage(limiter: Limiter, deps: LimitsStageDeps): Interceptor<ClientCall> {
  const { adaptive } = limiter

  function onReply(reply: Reply): Reply {
    reply.lease.hold(limiter)
    return reply
  }

  function onError(error: unknown): never {
    limiter.release()
    throw error
  }

  function fixed(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    return unlessHung(call, next, deps.clock).then(onReply, onError)
  }

  const permitted = adaptive === undefined ? fixed : timed(limiter, adaptive, deps)

  return function limits(call, next) {
    if (limiter.tryAcquire()) return permitted(call, next)
    if (!limiter.observes) return limiter.acquire(call).then(() => permitted(call, next))
    limiter.exceed(call)
    return permitted(call, next)
  }
}

/** Makes calls that have a permit, and tells the limit how long they took to answer. */
function timed(
  limiter: Limiter,
  limit: AdaptiveLimit,
  { clock, classifier }: LimitsStageDeps,
): Interceptor<ClientCall> {
  return async function timedCall(call, next) {
    const sinceMs = clock.now()
    try {
      const reply = await unlessHung(call, next, clock)
      limit.observe(clock.now() - sinceMs, classifier.status(reply.status), limiter.underWay)
      reply.lease.hold(limiter)
      return reply
    } catch (error) {
      const outcome = error instanceof MeshError ? classifier.error(error) : 'ignored'
      limit.observe(clock.now() - sinceMs, outcome, limiter.underWay)
      limiter.release()
      throw error
    }
  }
}
