import type { ClientCall } from '../../core/call.js'
import { httpClassifier } from '../../core/classifier.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import { validate } from '../../core/schema/index.js'
import { type FallbackDeps, fallbackStage } from './fallback-stage.js'
import { type FallbackOptions, fallbackOptions } from './options.js'

/**
 * Protects from failures that nothing else could mend: answers in their place, always the same or by a function. Place it
 * outside of everything that could still succeed.
 *
 * @example
 * const send = compose([fallback({ status: 200, body: '[]' }), timeout({ total: '2s' }), retry()], undiciTransport())
 */
export function fallback(options: FallbackOptions, deps: Partial<FallbackDeps> = {}): Interceptor<ClientCall> {
  return fallbackStage(validate(fallbackOptions, options, 'fallback'), {
    classifier: deps.classifier ?? httpClassifier,
    observer: deps.observer ?? new Observer(),
  })
}
