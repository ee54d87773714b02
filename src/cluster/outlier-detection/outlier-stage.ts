import type { ClientCall } from '../../core/call.js'
import type { Classifier } from '../../core/classifier.js'
import { isGrpc } from '../../core/grpc.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Endpoint } from '../endpoint.js'
import type { OutlierDetector } from './detector.js'
import { Observation, Reporter } from './observation.js'

/**
 * Tells a detector how each attempt ended. A failing status counts when it arrives; any other reply once its body is
 * complete, so that an endpoint that keeps breaking off is found. Local rejections and the caller's own aborts say
 * nothing against an endpoint; the classifier is asked, as everywhere, unless `errorStatuses` says what fails.
 */
export function outlierStage(
  detector: OutlierDetector,
  classifier: Classifier,
  errorStatuses?: readonly number[],
): Interceptor<ClientCall> {
  const reporter = new Reporter(detector, classifier, errorStatuses)

  /** One for all calls, while they come by one destination and are none of gRPC. */
  function observationOf(endpoint: Endpoint, grpc: boolean): Observation {
    if (grpc) return new Observation(reporter, endpoint, grpc)
    const known = endpoint.outlier.observation
    if (known instanceof Observation && known.reporter === reporter) return known
    const observation = new Observation(reporter, endpoint, grpc)
    endpoint.outlier.observation = observation
    return observation
  }

  return guarding(function outlierDetection({ endpoint, headers }: ClientCall) {
    return endpoint instanceof Endpoint ? observationOf(endpoint, isGrpc(headers)) : undefined
  })
}
