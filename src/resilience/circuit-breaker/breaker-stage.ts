import type { ClientCall } from '../../core/call.js'
import type { Classification, Classifier } from '../../core/classifier.js'
import { MeshError } from '../../core/errors.js'
import { type Interceptor, proceed } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import type { Observer } from '../../core/observer.js'
import type { Reply } from '../../core/reply.js'
import type { Admission } from './admission.js'
import type { Breaker } from './breaker.js'

/** Carries the outcome of calls to their admission: at once when the status tells it, else when the body has ended. */
class Verdict implements Releasable {
  readonly admission: Admission
  readonly #classifier: Classifier

  constructor(admission: Admission, classifier: Classifier) {
    this.admission = admission
    this.#classifier = classifier
  }

  readonly onReply = (reply: Reply): Reply => {
    const outcome = this.#classifier.status(reply.status)
    if (outcome !== 'success') this.admission.settle(outcome)
    else {
      this.admission.answered()
      reply.lease.hold(this)
    }
    return reply
  }

  readonly onError = (error: unknown): never => {
    this.admission.settle(this.#judge(error))
    throw error
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

/**
 * Asks the breaker before a call, and tells it the outcome when the reply body has ended - a 200 that is cut off has
 * failed - without holding the reply back. Refused calls fail with `ERR_MESH_CIRCUIT_OPEN`.
 */
export function breakerStage(breaker: Breaker, { classifier, observer }: BreakerStageDeps): Interceptor<ClientCall> {
  let verdict: Verdict | undefined

  return function guardByBreaker(call, next) {
    const admission = breaker.admit(call)
    if (admission === verdict?.admission) return proceed(call, next).then(verdict.onReply, verdict.onError)
    if (admission instanceof MeshError) {
      if (!breaker.observes) return Promise.reject(admission)
      observer.emit('observed', { service: call.service, policy: 'circuitBreaker', action: 'refuse' })
      return next(call)
    }
    verdict = new Verdict(admission, classifier)
    return proceed(call, next).then(verdict.onReply, verdict.onError)
  }
}
