import type { Cancellable } from '../../core/cancellation.js'
import type { Expirable } from '../../core/deadline.js'
import type { MeshError } from '../../core/errors.js'
import type { Releasable } from '../../core/lease.js'
import type { ServerCall } from '../../core/server-call.js'
import type { Urgent, WaitingLine } from './waiting-line.js'

/** What a waiter is made of. */
export interface RequestWaiterInit {
  readonly call: ServerCall
  readonly urgency: number
  readonly sinceMs: number
  readonly line: WaitingLine<RequestWaiter>
  readonly grant: () => void
  readonly reject: (reason: unknown) => void
  /** Makes the answer of a request that has waited too long. */
  readonly refusal: (reason: 'queue-time') => MeshError
}

/** A request that waits for its turn. It leaves the line with it, or when it has waited too long, or its client has gone. */
export class RequestWaiter implements Urgent, Cancellable, Expirable {
  readonly phase = 'queue'
  armed: Releasable | undefined = undefined
  readonly #init: RequestWaiterInit

  constructor(init: RequestWaiterInit) {
    this.#init = init
  }

  get urgency(): number {
    return this.#init.urgency
  }

  get sinceMs(): number {
    return this.#init.sinceMs
  }

  /** It is its turn. */
  grant(): void {
    if (this.#leave()) this.#init.grant()
  }

  expire(): void {
    if (this.#leave()) this.#init.reject(this.#init.refusal('queue-time'))
  }

  cancel(reason: unknown): void {
    if (this.#leave()) this.#init.reject(reason)
  }

  #leave(): boolean {
    const { call, line } = this.#init
    if (!line.remove(this)) return false
    call.detach(this)
    this.armed?.release()
    return true
  }
}
