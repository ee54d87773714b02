import { type Handler, proceed } from './handler.js'
import type { Reply } from './reply.js'
import { warnOfThrown } from './warn.js'

/** What is to be done once a call is answered, or fails: by a policy that let it in, or by whoever made it. */
export interface Visit {
  /** The reply is there; its body may still be on its way. Must not throw. */
  replied(reply: Reply): void
  /** There will be none. Must not throw. */
  failed(error: unknown): void
}

/** Two visits of one call: the inner hears first, and the outer does even if that throws. */
class Both implements Visit {
  readonly #outer: Visit
  readonly #inner: Visit

  constructor(outer: Visit, inner: Visit) {
    this.#outer = outer
    this.#inner = inner
  }

  replied(reply: Reply): void {
    try {
      this.#inner.replied(reply)
    } finally {
      this.#outer.replied(reply)
    }
  }

  failed(error: unknown): void {
    try {
      this.#inner.failed(error)
    } finally {
      this.#outer.failed(error)
    }
  }
}

/** What comes of a call, told to those visits that there are. */
export function both(outer: Visit | undefined, inner: Visit | undefined): Visit | undefined {
  if (outer === undefined) return inner
  return inner === undefined ? outer : new Both(outer, inner)
}

/** Interceptors of users may forget to return what `next` gave them. */
function isReply(answer: Partial<Reply> | undefined): boolean {
  return answer?.lease !== undefined
}

/** Tells a visit of a reply. If that throws, nobody will read the reply: it ends, and with it what is held for it. */
export function answered(visit: Visit | undefined, reply: Reply): Reply | Promise<never> {
  if (!isReply(reply)) return refuse(new TypeError('an interceptor has answered with what is no Reply'), visit)
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
