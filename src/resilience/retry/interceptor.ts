import type { ClientCall } from '../../core/call.js'
import { type Clock, systemClock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import { compose, type Interceptor } from '../../core/interceptor.js'
import type { Releasable } from '../../core/lease.js'
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
  const underWay = new CallCount()
  const stage = retryStage(checked, {
    clock,
    random: deps.random ?? systemRandom,
    observer: deps.observer ?? new Observer(),
    ...budgetOf(checked.budget, deps, clock, underWay),
  })
  const perTryMs = durationMs(checked.perTryTimeout) ?? 0
  const idleMs = durationMs(checked.perTryIdleTimeout) ?? 0
  const limits: Interceptor<ClientCall>[] = []
  if (idleMs > 0) limits.push(idleTimeoutStage(idleMs, { clock }))
  if (perTryMs > 0) limits.push(attemptTimeoutStage(perTryMs, { clock }))
  const inTime: Interceptor<ClientCall> =
    limits.length === 0 || checked.mode === 'observe'
      ? stage
      : function retryInTime(call, next) {
          return stage(call, compose(limits, next))
        }
  return isConcurrentBudget(checked.budget) ? underWay.counting(inTime) : inTime
}

/** Counts the calls that pass, to the ends of their replies. */
class CallCount implements Releasable {
  calls = 0

  release(): void {
    this.calls--
  }

  counting(intercept: Interceptor<ClientCall>): Interceptor<ClientCall> {
    return async (call, next) => {
      this.calls++
      try {
        const reply = await intercept(call, next)
        reply.lease.hold(this)
        return reply
      } catch (error) {
        this.calls--
        throw error
      }
    }
  }
}

function budgetOf(
  options: RetryOptions['budget'],
  deps: Partial<RetryDeps>,
  clock: Clock,
  underWay: CallCount,
): Pick<RetryDeps, 'budget' | 'permits'> {
  if (!isConcurrentBudget(options))
    return {
      budget: options === false ? undefined : (deps.budget ?? new RetryBudget(options ?? {}, clock)),
      permits: deps.permits,
    }
  const permits = new ConcurrentBudget(options, () => underWay.calls)
  return { permits: deps.permits ?? (() => permits) }
}
