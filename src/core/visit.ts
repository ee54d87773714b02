import type { MeshError } from './errors.js'
import { type Handler, proceed } from './handler.js'
import type { Reply } from './reply.js'
import { warnOfThrown } from './warn.js'

/** What is to be done once a call is answered, or fails: by a policy that let it in, or by whoever made it. */
export interface Visit {
  /** The reply is there; its body may still be on its way. Must not throw. */
  replied(reply: Reply): void
  /** There will be none. Must not throw. */
  failed(error: unknown): void
  /**
   * There is none in the time for it, which is a failure of the other side, though the call goes on. For those who judge
   * that side at once: they hear of no failure after it, but of a reply that still comes.
   */
  overdue?(error: MeshError): void
}

/**
 * Visits of one call, as many as a ring has with every policy on: in fields, for a list would take twice the memory of
 * every call. The innermost hears first, and those further out do even if it throws.
 */
class Row implements Visit {
  readonly #outermost: Visit
  readonly #second: Visit
  #third: Visit | undefined = undefined
  #fourth: Visit | undefined = undefined
  #fifth: Visit | undefined = undefined

  constructor(outermost: Visit, second: Visit) {
    this.#outermost = outermost
    this.#second = second
  }

  /** Adds one from further in; false if there is no place left. */
  add(inner: Visit): boolean {
    if (this.#third === undefined) this.#third = inner
    else if (this.#fourth === undefined) this.#fourth = inner
    else if (this.#fifth === undefined) this.#fifth = inner
    else return false
    return true
  }

  replied(reply: Reply): void {
    this.repliedFrom(5, reply)
  }

  failed(error: unknown): void {
    this.failedFrom(5, error)
  }

  overdue(error: MeshError): void {
    for (let place = 5; place > 0; place--) tellOverdue(this.at(place), error)
  }

  /** A failure of a call that was overdue. */
  failedLate(error: unknown): void {
    for (let place = 5; place > 0; place--) failLate(this.at(place), error)
  }

  private repliedFrom(innermost: number, reply: Reply): void {
    let place = innermost
    try {
      for (; place > 0; place--) this.at(place)?.replied(reply)
    } finally {
      if (place > 1) this.repliedFrom(place - 1, reply)
    }
  }

  private failedFrom(innermost: number, error: unknown): void {
    let place = innermost
    try {
      for (; place > 0; place--) this.at(place)?.failed(error)
    } finally {
      if (place > 1) this.failedFrom(place - 1, error)
    }
  }

  private at(place: number): Visit | undefined {
    if (place === 1) return this.#outermost
    if (place === 2) return this.#second
    if (place === 3) return this.#third
    return place === 4 ? this.#fourth : this.#fifth
  }
}

/**
 * What comes of a call, told to those visits that there are. Whoever hands the result inwards has handed on `outer` too:
 * it may be the same object, which tells the inner from now on.
 */
export function both(outer: Visit | undefined, inner: Visit | undefined): Visit | undefined {
  if (outer === undefined) return inner
  if (inner === undefined || (outer instanceof Row && outer.add(inner))) return outer
  return new Row(outer, inner)
}

/** Tells those who judge the other side at once that a call is overdue. */
export function tellOverdue(visit: Visit | undefined, error: MeshError): void {
  try {
    visit?.overdue?.(error)
  } catch (thrown) {
    warnOfThrown(thrown)
  }
}

/** Tells of the failure of a call that was overdue all those who have not heard of that. */
export function failLate(visit: Visit | undefined, error: unknown): void {
  if (visit instanceof Row) return visit.failedLate(error)
  if (visit?.overdue !== undefined) return
  try {
    visit?.failed(error)
  } catch (thrown) {
    warnOfThrown(thrown)
  }
}

/** What is wrong with an answer: interceptors of users may forget to return what `next` gave them. */
export function faultOf(answer: Partial<Reply> | undefined): TypeError | undefined {
  return answer?.lease === undefined ? new TypeError('an interceptor has answered with what is no Reply') : undefined
}

/** Tells a visit of a reply. If that throws, nobody will read the reply: it ends, and with it what is held for it. */
export function answered(visit: Visit | undefined, reply: Reply): Reply | Promise<never> {
  const fault = faultOf(reply)
  if (fault !== undefined) return refuse(fault, visit)
  try {
    visit?.replied(reply)
  } catch (error) {
    reply.body.cancel(error)
    throw error
  }
  return reply
}

/** Tells a visit what came of a call. Callbacks, not `async`, which takes twice the memory. */
export function visited(visit: Visit | undefined, sent: Promise<Reply>): Promise<Reply> {
  const answer = Promise.resolve(sent)
  if (visit === undefined) return answer
  return answer.then(
    (reply) => answered(visit, reply),
    (error) => refuse(error, visit),
  )
}

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
  return (call, visit) => visited(visit, proceed(call, handler))
}

/** Calls on with a visit, or none, that is told what comes of it. */
export function tellOn<C>(call: C, next: Handler<C>, visit: Visit | undefined): Promise<Reply> {
  return isTeller(next) ? next[tells](call, visit) : visited(visit, proceed(call, next))
}

/** What a teller answers to a call that it does not take. */
export function refuse(reason: unknown, visit: Visit | undefined): Promise<never> {
  try {
    visit?.failed(reason)
  } catch (thrown) {
    warnOfThrown(thrown)
  }
  return Promise.reject(reason)
}

/** A handler that only says where each call goes on. It throws to refuse one. */
export function leading<C>(choose: (call: C) => Handler<C>): Teller<C> {
  return telling(function lead(call, visit) {
    let next: Handler<C>
    try {
      next = choose(call)
    } catch (error) {
      return refuse(error, visit)
    }
    return tellOn(call, next, visit)
  })
}
