import type { ClientCall } from '../../core/call.js'
import type { Classifier } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import { MeshError } from '../../core/errors.js'
import { type Guard, guarding } from '../../core/guard.js'
import { unlessHung } from '../../core/hold.js'
import { type Interceptor, stacked } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import type { Visit } from '../../core/visit.js'
import type { AdaptiveLimit } from './adaptive-limit.js'
import type { Limiter } from './limiter.js'

/** What the stage is told from outside. */
export interface LimitsStageDeps {
  /** Measures latencies, for adaptive limits, and how long a cancelled call may take to end. */
  readonly clock: Clock
  /** Says what an outcome means to them. */
  readonly classifier: Classifier
  /** Whether everything further in settles once it is cancelled. Default false: hooks of users are there. */
  readonly settles?: boolean | undefined
}

/** A call under an adaptive limit, which is told how long it took to answer. */
class TimedVisit implements Visit {
  readonly #limiter: Limiter
  readonly #limit: AdaptiveLimit
  readonly #deps: LimitsStageDeps
  readonly #sinceMs: number

  constructor(limiter: Limiter, limit: AdaptiveLimit, deps: LimitsStageDeps) {
    this.#limiter = limiter
    this.#limit = limit
    this.#deps = deps
    this.#sinceMs = deps.clock.now()
  }

  #observe(outcome: ReturnType<Classifier['status']>): void {
    this.#limit.observe(this.#deps.clock.now() - this.#sinceMs, outcome, this.#limiter.underWay)
  }

  replied(reply: Reply): void {
    this.#observe(this.#deps.classifier.status(reply.status))
    reply.lease.hold(this.#limiter)
    this.#limiter.answered()
  }

  failed(error: unknown): void {
    this.#observe(error instanceof MeshError ? this.#deps.classifier.error(error) : 'ignored')
    this.#limiter.answered()
    this.#limiter.release()
  }
}

/**
 * Lets a call through when the limiter has a permit for it. A cancelled call that does not end gives its permit back after
 * a second.
 */
export function limitsStage(limiter: Limiter, deps: LimitsStageDeps): Interceptor<ClientCall> {
  const { adaptive } = limiter

  function permitted(): Visit {
    return adaptive === undefined ? limiter : new TimedVisit(limiter, adaptive, deps)
  }

  const limits: Guard<ClientCall> = (call) => {
    if (limiter.tryAcquire()) return permitted()
    if (!limiter.observes) return limiter.acquire(call).then(permitted)
    limiter.exceed(call)
    return permitted()
  }
  const stage = guarding(limits)
  return deps.settles === true ? stage : stacked([stage, (call, next) => unlessHung(call, next, deps.clock)])
}
