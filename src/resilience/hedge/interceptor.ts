import type { ClientCall } from '../../core/call.js'
import { httpClassifier } from '../../core/classifier.js'
import { systemClock } from '../../core/clock.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import { rule, type Schema, validate } from '../../core/schema/index.js'
import { RetryBudget } from '../retry/index.js'
import type { HedgeDeps } from './deps.js'
import { hedgeStage } from './hedge-stage.js'
import { type HedgeOptions, hedgeOptions } from './options.js'

/** Without a mesh it does not know the retry around it. */
const ownOptions: Schema<HedgeOptions> = rule(hedgeOptions, ({ onPerTryTimeout }, report) => {
  if (onPerTryTimeout === true)
    report(['onPerTryTimeout'], 'takes effect through a mesh, which knows retry.perTryTimeout; set after instead')
})

/**
 * Protects from the slow tail: sends another attempt beside one that does not answer in time, and cancels what loses.
 * Idempotent methods only, at most a tenth of the calls by default. Place it inside a retry. `onPerTryTimeout` takes effect
 * through a mesh only, and is refused here.
 *
 * @example
 * const send = compose([timeout({ total: '2s' }), retry(), hedge({ after: '80ms' })], undiciTransport())
 */
export function hedge(options: HedgeOptions = {}, deps: Partial<HedgeDeps> = {}): Interceptor<ClientCall> {
  const clock = deps.clock ?? systemClock
  const own = deps.budget === undefined ? new RetryBudget({}, clock) : undefined
  const stage = hedgeStage(validate(ownOptions, options, 'hedge'), {
    clock,
    observer: deps.observer ?? new Observer(),
    classifier: deps.classifier ?? httpClassifier,
    budget: deps.budget ?? own,
  })
  if (own === undefined) return stage
  return function hedgeOwn(call, next) {
    own.deposit()
    return stage(call, next)
  }
}
