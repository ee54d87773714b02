import type { ClientCall } from '../../core/call.js'
import type { Classification, Classifier } from '../../core/classifier.js'
import { MeshError } from '../../core/errors.js'
import { type Guard, guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import type { Observer } from '../../core/observer.js'
import type { Reply } from '../../core/reply.js'
import type { Visit } from '../../core/visit.js'
import { type SoftTimeout, softTimeoutOf } from '../timeout/index.js'
import type { Admission } from './admission.js'
import type { Breaker } from './breaker.js'

/** Carries the outcome of calls to their admission: at once when the status tells it, else when the body has ended. */
class Verdict implements Visit, Releasable {
  readonly admission: Admission
  readonly #classifier: Classifier
  readonly #soft: SoftTimeout | undefined

  constructor(admission: Admission, classifier: Classifier, soft: SoftTimeout | undefined) {
    this.admission = admission
    this.#classifier = classifier
    this.#soft = soft
  }

  replied(reply: Reply): void {
    const outcome = this.#classifier.status(reply.status)
    if (outcome !== 'success') this.admission.settle(outcome)
    else {
      this.admission.answered()
      reply.lease.hold(this)
    }
  }

  /** What had outlived its timeout has failed by that, whatever ended it. */
  failed(error: unknown): void {
    this.admission.settle(this.#judge(this.#soft?.passed ?? error))
  }

  release(error?: MeshError): void {
    this.admission.settle(error === undefined ? 'success' : this.#classifier.error(error))
  }

  /** What is no `MeshError` is the caller's own abort reason, or a fault of ours. */
  #judge(error: unknown): Classification {
    return error instanceof MeshError ? this.#classifier.error(error) : 'ignored'
  }
}

/** What the stage is told from outside. */
export interface BreakerStageDeps {
  /** Says what an outcome means. */
  readonly classifier: Classifier
  /** Is told what a breaker that only observes would refuse. */
  readonly observer: Observer
}

/** The guard of `breakerStage`. */
export function breakerGuard(breaker: Breaker, { classifier, observer }: BreakerStageDeps): Guard<ClientCall> {
  let verdict: Verdict | undefined

  return function guardByBreaker(call) {
    const admission = breaker.admit(call)
    const soft = softTimeoutOf(call)
    if (admission === verdict?.admission && soft === undefined) return verdict
    if (!(admission instanceof MeshError)) {
      const own = new Verdict(admission, classifier, soft)
      if (soft === undefined) verdict = own
      return own
    }
    if (!breaker.observes) throw admission
    observer.emit('observed', { service: call.service, policy: 'circuitBreaker', action: 'refuse' })
    return undefined
  }
}

/**
 * Asks the breaker before a call, and tells it the outcome when the reply body has ended - a 200 that is cut off has
 * failed - without holding the reply back. Refused calls fail with `ERR_MESH_CIRCUIT_OPEN`.
 */
export function breakerStage(breaker: Breaker, deps: BreakerStageDeps): Interceptor<ClientCall> {
  return guarding(breakerGuard(breaker, deps))
}
