import { type Handler, proceed } from './handler.js'
import type { Reply } from './reply.js'
import { tellFailure, tellOutcome, type Visit } from './visit.js'

/** Sends a call and tells a visit what came of it before the caller hears of it. Neither throws nor tells twice. */
export type Tell<C> = (call: C, visit: Visit | undefined) => Promise<Reply>

/** Where a handler keeps how it tells: users are given handlers, and call them with whatever else they have. */
const tells: unique symbol = Symbol('tells')

/** A handler that tells a visit itself: what is around it needs no promise of its own, which each would cost. */
export interface Teller<C> extends Handler<C> {
  readonly [tells]: Tell<C>
}

function isTeller<C>(handler: Handler<C>): handler is Teller<C> {
  return tells in handler
}

/** Makes a handler that tells every visit it is given, on every path. */
export function telling<C>(tell: Tell<C>): Teller<C> {
  return Object.assign((call: C) => tell(call, undefined), { [tells]: tell })
}

/** How a handler is called with a visit, or without one; once a chain is built, this is known. */
export function tellOf<C>(handler: Handler<C>): Tell<C> {
  if (isTeller(handler)) return handler[tells]
  return (call, visit) => tellOutcome(proceed(call, handler), visit)
}

/** Calls on with a visit, or none, that is told what comes of it. */
export function tellOn<C>(call: C, next: Handler<C>, visit: Visit | undefined): Promise<Reply> {
  return isTeller(next) ? next[tells](call, visit) : tellOutcome(proceed(call, next), visit)
}

/** A handler that only says where each call goes on. It throws to refuse one. */
export function leading<C>(choose: (call: C) => Handler<C>): Teller<C> {
  return telling(function lead(call, visit) {
    let next: Handler<C>
    try {
      next = choose(call)
    } catch (error) {
      return tellFailure(error, visit)
    }
    return tellOn(call, next, visit)
  })
}
