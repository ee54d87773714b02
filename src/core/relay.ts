import type { Handler, Interceptor } from './handler.js'
import { type Tell, telling } from './teller.js'

/**
 * Puts an interceptor around what comes next: it tells a visit from further out what came of a call, on every path and
 * before its caller hears of it.
 */
export type Relay<C> = (next: Handler<C>) => Tell<C>

/** Where an interceptor keeps its relay: a symbol, for a user's own may have any property. */
const relayOf: unique symbol = Symbol('relay')

interface Relaying<C> extends Interceptor<C> {
  readonly [relayOf]: Relay<C>
}

function isRelaying<C>(interceptor: Interceptor<C>): interceptor is Relaying<C> {
  return relayOf in interceptor
}

/** Makes an interceptor of a relay: what is around it in a chain needs no promise to hear what came of a call. */
export function relaying<C>(relay: Relay<C>): Interceptor<C> {
  return Object.assign((call: C, next: Handler<C>) => relay(next)(call, undefined), { [relayOf]: relay })
}

/** An interceptor around what comes next. */
export function around<C>(interceptor: Interceptor<C>, next: Handler<C>): Handler<C> {
  if (isRelaying(interceptor)) return telling(interceptor[relayOf](next))
  return function intercepted(call) {
    return interceptor(call, next)
  }
}
