import type { ClientCall } from '../../core/call.js'
import { type Clock, systemClock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import { guarding } from '../../core/guard.js'
import { InFlight } from '../../core/in-flight.js'
import { type Interceptor, stacked } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import { systemRandom } from '../../core/random.js'
import { validate } from '../../core/schema/index.js'
import { attemptTimeoutStage, idleTimeoutStage } from '../timeout/index.js'
import { RetryBudget } from './budget.js'
import { ConcurrentBudget, isConcurrentBudget } from './concurrent-budget.js'
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
  const underWay = new InFlight()
  const observes = checked.mode === 'observe'
  const stage = retryStage(checked, {
    clock,
    random: deps.random ?? systemRandom,
    observer: deps.observer ?? new Observer(),
    ...budgetOf(checked.budget, deps, clock, underWay),
  })
  const perTryMs = durationMs(checked.perTryTimeout) ?? 0
  const idleMs = durationMs(checked.perTryIdleTimeout) ?? 0
  const stages: Interceptor<ClientCall>[] = isConcurrentBudget(checked.budget) ? [counting(underWay), stage] : [stage]
  if (idleMs > 0 && !observes) stages.push(idleTimeoutStage(idleMs, { clock }))
  if (perTryMs > 0 && !observes) stages.push(attemptTimeoutStage(perTryMs, { clock }))
  return stacked(stages)
}

/** Counts the calls that pass, to the ends of their replies. */
function counting(calls: InFlight): Interceptor<ClientCall> {
  return guarding(function countCall() {
    calls.enter()
    return calls
  })
}

function budgetOf(
  options: RetryOptions['budget'],
  deps: Partial<RetryDeps>,
  clock: Clock,
  underWay: InFlight,
): Pick<RetryDeps, 'budget' | 'permits'> {
  if (!isConcurrentBudget(options))
    return {
      budget: options === false ? undefined : (deps.budget ?? new RetryBudget(options ?? {}, clock)),
      permits: deps.permits,
    }
  const permits = new ConcurrentBudget(options, () => underWay.count)
  return { permits: deps.permits ?? (() => permits) }
}
