import type { Releasable } from './lease.js'
import type { Reply } from './reply.js'
import type { Visit } from './visit.js'

/** What is held for a call: let go of when the reply body ends, or at once if there is none. */
export abstract class Held implements Visit, Releasable {
  replied(reply: Reply): void {
    reply.lease.hold(this)
  }

  failed(): void {
    this.release()
  }

  abstract release(): void
}
