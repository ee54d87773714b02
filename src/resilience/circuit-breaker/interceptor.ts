import type { ClientCall } from '../../core/call.js'
import { type Classifier, httpClassifier } from '../../core/classifier.js'
import { systemClock } from '../../core/clock.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import { systemRandom } from '../../core/random.js'
import { validate } from '../../core/schema/index.js'
import { Breaker, type BreakerDeps } from './breaker.js'
import { breakerStage } from './breaker-stage.js'
import { type CircuitBreakerOptions, circuitBreakerOptions } from './options.js'

/**
 * Protects a failing callee from more calls, and callers from waiting for it: past a share of failures it refuses at
 * once, then lets single probes find out whether the callee is back. One breaker for everything that passes through
 * it, so give every callee its own. Semantics: opossum's window and threshold; 4xx and aborts are neutral.
 *
 * @example
 * const send = compose([circuitBreaker({ volumeThreshold: 10, resetTimeout: '5s' })], undiciTransport())
 */
export function circuitBreaker(
  options: CircuitBreakerOptions = {},
  deps: Partial<BreakerDeps & { readonly classifier: Classifier }> = {},
): Interceptor<ClientCall> {
  const observer = deps.observer ?? new Observer()
  const breaker = new Breaker(validate(circuitBreakerOptions, options, 'circuitBreaker'), {
    clock: deps.clock ?? systemClock,
    random: deps.random ?? systemRandom,
    observer,
    service: deps.service ?? '',
  })
  return breakerStage(breaker, { classifier: deps.classifier ?? httpClassifier, observer })
}
