import { type Handler, type Interceptor, proceed } from './handler.js'
import { around } from './relay.js'

export { type Handler, type Interceptor, proceed }

/**
 * Composes interceptors, the first outermost, around a handler. Done once, when a chain is built, never per call.
 *
 * @example
 * const send = compose([timeout({ total: '2s' }), retry({ attempts: 2 })], undiciTransport())
 */
export function compose<C>(interceptors: readonly Interceptor<C>[], handler: Handler<C>): Handler<C> {
  return interceptors.reduceRight<Handler<C>>((next, interceptor) => around(interceptor, next), handler)
}
