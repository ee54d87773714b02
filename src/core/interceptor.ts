import { type Handler, type Interceptor, proceed } from './handler.js'
import { around, relaying } from './relay.js'
import { tellOf } from './teller.js'

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

/** Makes one interceptor of several, the first outermost: they are put around what comes next when a chain is built. */
export function stacked<C>(interceptors: readonly Interceptor<C>[]): Interceptor<C> {
  return relaying((next) => tellOf(compose(interceptors, next)))
}
