import type { ClientCall } from '../../core/call.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import { validate } from '../../core/schema/index.js'
import { type CoalesceDeps, coalesceStage } from './coalesce-stage.js'
import { type CoalesceOptions, coalesceOptions } from './options.js'

/**
 * Protects a callee from the same question by many at once: identical concurrent GETs become one exchange.
 *
 * @example
 * const send = compose([timeout({ total: '2s' }), coalesce(), retry()], undiciTransport())
 */
export function coalesce(options: CoalesceOptions = true, deps: Partial<CoalesceDeps> = {}): Interceptor<ClientCall> {
  return coalesceStage(validate(coalesceOptions, options, 'coalesce'), { observer: deps.observer ?? new Observer() })
}
