import type { ClientCall } from '../../core/call.js'
import { type Classifier, httpClassifier } from '../../core/classifier.js'
import { systemClock } from '../../core/clock.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import { systemRandom } from '../../core/random.js'
import { validate } from '../../core/schema/index.js'
import { Limiter, type LimiterDeps } from './limiter.js'
import { limitsStage } from './limits-stage.js'
import { type LimitsOptions, limitsOptions } from './options.js'

/**
 * Protects a callee - and this process - from too many calls at once: a bounded number runs, a bounded number waits,
 * the rest is refused with `ERR_MESH_OVERFLOW` at once. Envoy's thresholds; a permit is held until the body ends.
 * `maxRetries` takes effect through a mesh, where the retry policy knows its destination.
 *
 * @example
 * const send = compose([concurrencyLimit({ maxConnections: 50, maxPendingRequests: 100 })], undiciTransport())
 */
export function concurrencyLimit(
  options: LimitsOptions,
  deps: Partial<LimiterDeps & { readonly classifier: Classifier }> = {},
): Interceptor<ClientCall> {
  const clock = deps.clock ?? systemClock
  const limiter = new Limiter(validate(limitsOptions, options, 'limits'), {
    clock,
    observer: deps.observer ?? new Observer(),
    random: deps.random ?? systemRandom,
  })
  return limitsStage(limiter, { clock, classifier: deps.classifier ?? httpClassifier })
}
