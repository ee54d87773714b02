import { fuse } from './guard.js'
import { type Handler, type Interceptor, proceed } from './handler.js'

export { type Handler, type Interceptor, proceed }

function wrap<C>(interceptor: Interceptor<C>, next: Handler<C>): Handler<C> {
  return function intercepted(call) {
    return interceptor(call, next)
  }
}

/**
 * Composes interceptors, the first outermost, around a handler. Done once, when a chain is built, never per call.
 *
 * @example
 * const send = compose([timeout({ total: '2s' }), retry({ attempts: 2 })], undiciTransport())
 */
export function compose<C>(interceptors: readonly Interceptor<C>[], handler: Handler<C>): Handler<C> {
  return fuse(interceptors).reduceRight<Handler<C>>((next, interceptor) => wrap(interceptor, next), handler)
}
