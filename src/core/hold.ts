import type { Cancellable, Cancellation } from './cancellation.js'
import type { Handler } from './interceptor.js'
import type { Releasable } from './lease.js'
import type { Reply } from './reply.js'

/** Calls on while something is held for the call: let go of when the reply body ends, or at once if there is none. */
export async function holding<C>(held: Releasable, call: C, next: Handler<C>): Promise<Reply> {
  try {
    const reply = await next(call)
    reply.lease.hold(held)
    return reply
  } catch (error) {
    held.release()
    throw error
  }
}

/** Work that ends with something larger than itself, until it has ended by itself. */
export class Bond implements Releasable {
  readonly #scope: Cancellation
  readonly #work: Cancellable

  constructor(scope: Cancellation, work: Cancellable) {
    this.#scope = scope
    this.#work = work
    scope.attach(work)
  }

  release(): void {
    this.#scope.detach(this.#work)
  }
}
