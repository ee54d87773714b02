import type { MeshError } from './errors.js'
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
    for (let place = 5; place > 0; place--) tellOverdue(error, this.at(place))
  }

  /** A failure of a call that was overdue. */
  failedLate(error: unknown): void {
    for (let place = 5; place > 0; place--) tellLateFailure(error, this.at(place))
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

/** One visit for two. It may be `outer` itself, which then tells `inner` as well: hand on only the result. */
export function both(outer: Visit | undefined, inner: Visit | undefined): Visit | undefined {
  if (outer === undefined) return inner
  if (inner === undefined || (outer instanceof Row && outer.add(inner))) return outer
  return new Row(outer, inner)
}

/** Tells those who judge the other side at once that a call is overdue. */
export function tellOverdue(error: MeshError, visit: Visit | undefined): void {
  try {
    visit?.overdue?.(error)
  } catch (thrown) {
    warnOfThrown(thrown)
  }
}

/** Tells of the failure of a call that was overdue all those who have not heard of that. */
export function tellLateFailure(error: unknown, visit: Visit | undefined): void {
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
export function tellReply(reply: Reply, visit: Visit | undefined): Reply | Promise<never> {
  const fault = faultOf(reply)
  if (fault !== undefined) return tellFailure(fault, visit)
  try {
    visit?.replied(reply)
  } catch (error) {
    reply.body.cancel(error)
    throw error
  }
  return reply
}

/** Tells a visit that there is no reply, and answers so. */
export function tellFailure(reason: unknown, visit: Visit | undefined): Promise<never> {
  try {
    visit?.failed(reason)
  } catch (thrown) {
    warnOfThrown(thrown)
  }
  return Promise.reject(reason)
}

/** Tells a visit what came of a call. Callbacks, not `async`, which takes twice the memory. */
export function tellOutcome(sent: Promise<Reply>, visit: Visit | undefined): Promise<Reply> {
  const answer = Promise.resolve(sent)
  if (visit === undefined) return answer
  return answer.then(
    (reply) => tellReply(reply, visit),
    (error) => tellFailure(error, visit),
  )
}
