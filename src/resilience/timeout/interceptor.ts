import type { ClientCall } from '../../core/call.js'
import { type Clock, systemClock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import { type Interceptor, stacked } from '../../core/interceptor.js'
import { validate } from '../../core/schema/index.js'
import { attemptTimeoutStage } from './attempt-timeout-stage.js'
import { deadlineStage } from './deadline-stage.js'
import { type TimeoutOptions, timeoutOptions } from './options.js'

/**
 * Protects from waiting: bounds the whole call (`total`), one attempt (`perTry`), or both. Fails with
 * `ERR_MESH_TIMEOUT` or `ERR_MESH_ATTEMPT_TIMEOUT`, and really stops what was under way.
 *
 * @example
 * const send = compose([timeout({ total: '2s' }), retry({ attempts: 2 }), timeout({ perTry: '500ms' })], undiciTransport())
 */
export function timeout(options: TimeoutOptions, deps: { clock?: Clock | undefined } = {}): Interceptor<ClientCall> {
  const { total, perTry } = validate(timeoutOptions, options, 'timeout')
  const clock = deps.clock ?? systemClock
  const whole = deadlineStage(durationMs(total), { clock })
  const perTryMs = durationMs(perTry) ?? 0
  if (perTryMs === 0) return whole
  return stacked([whole, attemptTimeoutStage(perTryMs, { clock })])
}
