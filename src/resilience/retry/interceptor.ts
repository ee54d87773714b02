import type { ClientCall } from '../../core/call.js'
import { systemClock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import { systemRandom } from '../../core/random.js'
import { validate } from '../../core/schema/index.js'
import { attemptTimeoutStage } from '../timeout/index.js'
import { RetryBudget } from './budget.js'
import type { RetryDeps } from './deps.js'
import { type RetryOptions, retryOptions } from './options.js'
import { retryStage } from './retry-stage.js'

/**
 * Protects a caller from failures that pass, and the callee from the retries: conditions and back-off are Envoy's, but
 * retries are budgeted, stop at the deadline, and never repeat what may already have taken effect.
 *
 * @example
 * const send = compose([timeout({ total: '2s' }), retry({ attempts: 2, on: ['connect-failure', 503] })], undiciTransport())
 */
export function retry(options: RetryOptions = {}, deps: Partial<RetryDeps> = {}): Interceptor<ClientCall> {
  const checked = validate(retryOptions, options, 'retry')
  const clock = deps.clock ?? systemClock
  const stage = retryStage(checked, {
    clock,
    random: deps.random ?? systemRandom,
    observer: deps.observer ?? new Observer(),
    budget: checked.budget === false ? undefined : (deps.budget ?? new RetryBudget(checked.budget ?? {}, clock)),
    permits: deps.permits,
  })
  const perTryMs = durationMs(checked.perTryTimeout) ?? 0
  if (perTryMs === 0) return stage
  const attemptTimeout = attemptTimeoutStage(perTryMs, { clock })
  return function retryInTime(call, next) {
    return stage(call, (attempt) => attemptTimeout(attempt, next))
  }
}
