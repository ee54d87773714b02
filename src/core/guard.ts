import type { Interceptor } from './handler.js'
import { relaying } from './relay.js'
import { type Tell, tellOf } from './teller.js'
import { both, tellFailure, type Visit } from './visit.js'

/**
 * A policy at the door of a ring: it looks at each call on its way in and at what comes of it, and neither repeats nor
 * answers calls. It throws, or rejects, to refuse one, and may let it wait; without a visit it has nothing more to do.
 */
export type Guard<C> = (call: C) => Visit | undefined | Promise<Visit | undefined>

/** Makes an interceptor of a guard: it adds no promise of its own unless it lets a call wait. */
export function guarding<C>(guard: Guard<C>): Interceptor<C> {
  return relaying((next) => guarded(guard, tellOf(next)))
}

function guarded<C>(guard: Guard<C>, tell: Tell<C>): Tell<C> {
  return function guardedCall(call, outer) {
    let visit: ReturnType<Guard<C>>
    try {
      visit = guard(call)
    } catch (error) {
      return tellFailure(error, outer)
    }
    if (!(visit instanceof Promise)) return tell(call, both(outer, visit))
    return visit.then(
      (later) => tell(call, both(outer, later)),
      (error) => tellFailure(error, outer),
    )
  }
}
