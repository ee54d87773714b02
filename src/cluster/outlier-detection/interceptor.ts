import type { ClientCall } from '../../core/call.js'
import type { Classifier } from '../../core/classifier.js'
import { isMeshError, type MeshError } from '../../core/errors.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
import { Endpoint } from '../endpoint.js'
import type { OutlierDetector } from './detector.js'

/** Reports a reply that began well once its body has ended; a caller that stops reading says nothing against it. */
class Observation implements Releasable {
  readonly #detector: OutlierDetector
  readonly #endpoint: Endpoint
  readonly #classifier: Classifier

  constructor(detector: OutlierDetector, endpoint: Endpoint, classifier: Classifier) {
    this.#detector = detector
    this.#endpoint = endpoint
    this.#classifier = classifier
  }

  release(error?: MeshError | undefined): void {
    if (error === undefined || this.#classifier.error(error) !== 'failure') this.#detector.report(this.#endpoint, 200)
    else this.#detector.report(this.#endpoint, failureStatus(error))
  }
}

/** The status that stands for an error: 504 for timeouts, 502 and 503 as they are, 503 for what has none. */
function failureStatus(error: MeshError): number {
  return error.status >= 500 ? error.status : 503
}

/**
 * Tells a detector how each attempt ended. A failing status counts when it arrives; any other reply once its body is
 * complete, so that an endpoint that keeps breaking off is found. Local rejections and the caller's own aborts say
 * nothing against an endpoint; the classifier is asked, as everywhere.
 */
export function outlierStage(detector: OutlierDetector, classifier: Classifier): Interceptor<ClientCall> {
  return async function outlierDetection(call, next) {
    const { endpoint } = call
    if (!(endpoint instanceof Endpoint)) return next(call)
    try {
      const reply = await next(call)
      const verdict = classifier.status(reply.status)
      if (verdict === 'ignored' && reply.status >= 500) return reply
      if (verdict === 'failure') detector.report(endpoint, reply.status >= 500 ? reply.status : 500)
      else if (reply.lease.ended && reply.lease.error === undefined) detector.report(endpoint, 200)
      else reply.lease.hold(new Observation(detector, endpoint, classifier))
      return reply
    } catch (error) {
      if (isMeshError(error) && classifier.error(error) === 'failure') detector.report(endpoint, failureStatus(error))
      throw error
    }
  }
}
