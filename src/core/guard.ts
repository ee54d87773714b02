import { type Handler, type Interceptor, proceed } from './handler.js'
import type { Reply } from './reply.js'

/** What a guard has to do once a call that it let in is answered, or fails. */
export interface Visit {
  /** The reply is there; its body may still be on its way. Must not throw. */
  replied(reply: Reply): void
  /** There will be none. Must not throw. */
  failed(error: unknown): void
}

/**
 * A policy at the door of a ring: it looks at each call on its way in and at what comes of it, and neither repeats nor
 * answers calls. It throws, or rejects, to refuse one, and may let it wait; without a visit it has nothing more to do.
 */
export type Guard<C> = (call: C) => Visit | undefined | Promise<Visit | undefined>

/** Where an interceptor keeps its guard: a symbol, for a user's own may have any property. */
const guardOf: unique symbol = Symbol('guard')

/** An interceptor that is nothing but a guard. */
interface Guarding<C> extends Interceptor<C> {
  readonly [guardOf]: Guard<C>
}

function isGuarding<C>(interceptor: Interceptor<C>): interceptor is Guarding<C> {
  return guardOf in interceptor
}

/** Tells a visit what came of a call. Callbacks, not `async`, which takes twice the memory. */
export function visited(visit: Visit, sent: Promise<Reply>): Promise<Reply> {
  return sent.then(
    function replied(reply) {
      visit.replied(reply)
      return reply
    },
    function failed(error) {
      visit.failed(error)
      throw error
    },
  )
}

/** The visits of one call to a row of guards. Those that have let it in hear what came of it, the last first. */
class Visits implements Visit {
  readonly #visits: (Visit | undefined)[]

  constructor(most: number) {
    this.#visits = new Array(most)
  }

  note(index: number, visit: Visit | undefined): void {
    this.#visits[index] = visit
  }

  replied(reply: Reply): void {
    for (let i = this.#visits.length - 1; i >= 0; i--) this.#visits[i]?.replied(reply)
  }

  failed(error: unknown): void {
    for (let i = this.#visits.length - 1; i >= 0; i--) this.#visits[i]?.failed(error)
  }
}

/** Sends a call and tells a visit what came of it before the caller hears of it. Neither throws nor tells twice. */
export type Tell<C> = (call: C, visit: Visit | undefined) => Promise<Reply>

/** Where a handler keeps how it tells: users are given handlers, and call them with whatever else they have. */
const tells: unique symbol = Symbol('tells')

/** A handler that can tell a visit. */
export interface Teller<C> extends Handler<C> {
  readonly [tells]: Tell<C>
}

function isTeller<C>(handler: Handler<C>): handler is Teller<C> {
  return tells in handler
}

/** Makes a handler that tells every visit it is given, on every path: guards around it need no promise of their own. */
export function telling<C>(tell: Tell<C>): Teller<C> {
  return Object.assign((call: C) => tell(call, undefined), { [tells]: tell })
}

/** Calls on with a visit, or none, through a handler that tells it. */
export function tellOn<C>(call: C, next: Teller<C>, visit: Visit | undefined): Promise<Reply> {
  return next[tells](call, visit)
}

/** What a teller answers to a call that it does not take. */
export function refuse(reason: unknown, visit: Visit | undefined): Promise<never> {
  visit?.failed(reason)
  return Promise.reject(reason)
}

/** Calls on with a visit that is told what comes of it. */
function goOn<C>(call: C, next: Handler<C>, visit: Visit): Promise<Reply> {
  return isTeller(next) ? tellOn(call, next, visit) : visited(visit, proceed(call, next))
}

/** A row of guards as one interceptor, the first outermost. */
function together<C>(guards: readonly Guard<C>[]): Interceptor<C> {
  function enter(from: number, visits: Visits, call: C, next: Handler<C>): Promise<Reply> {
    try {
      for (let i = from; i < guards.length; i++) {
        const visit = guards[i]?.(call)
        if (visit instanceof Promise) return wait(visit, i, visits, call, next)
        visits.note(i, visit)
      }
    } catch (error) {
      return refuse(error, visits)
    }
    return goOn(call, next, visits)
  }

  function wait(
    visit: Promise<Visit | undefined>,
    index: number,
    visits: Visits,
    call: C,
    next: Handler<C>,
  ): Promise<Reply> {
    return visit.then(
      function letIn(later) {
        visits.note(index, later)
        return enter(index + 1, visits, call, next)
      },
      function refused(error) {
        visits.failed(error)
        throw error
      },
    )
  }

  return function guarded(call, next) {
    return enter(0, new Visits(guards.length), call, next)
  }
}

/** A guard alone: a call that it does not visit goes on as it is. */
function alone<C>(guard: Guard<C>): Interceptor<C> {
  return function guarded(call, next) {
    try {
      const visit = guard(call)
      if (visit === undefined) return next(call)
      if (!(visit instanceof Promise)) return goOn(call, next, visit)
      return visit.then((later) => (later === undefined ? next(call) : goOn(call, next, later)))
    } catch (error) {
      return Promise.reject(error)
    }
  }
}

/** Makes an interceptor of a guard: neighbours of the kind share one promise, where each would cost one. */
export function guarding<C>(guard: Guard<C>): Interceptor<C> {
  return Object.assign(alone(guard), { [guardOf]: guard })
}

/** One interceptor in place of each row of guards. */
export function fuse<C>(interceptors: readonly Interceptor<C>[]): Interceptor<C>[] {
  const fused: Interceptor<C>[] = []
  let row: Guard<C>[] = []
  for (const interceptor of interceptors) {
    if (!isGuarding(interceptor)) {
      row = []
      fused.push(interceptor)
      continue
    }
    row.push(interceptor[guardOf])
    if (row.length === 1) fused.push(interceptor)
    else fused[fused.length - 1] = together(row)
  }
  return fused
}
