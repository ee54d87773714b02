import type { ClientCall } from '../../core/call.js'
import type { Cancellable } from '../../core/cancellation.js'
import type { Expirable } from '../../core/deadline.js'
import { MeshError } from '../../core/errors.js'
import type { Releasable } from '../../core/lease.js'

/** A call that waits for a permit. It leaves the queue with the permit, or when its call is cancelled or too late. */
export class Waiter implements Cancellable, Expirable {
  readonly phase = 'queue'
  /** Its deadline on the wheel, if it has one. */
  armed: Releasable | undefined = undefined
  readonly #call: ClientCall
  readonly #queue: Set<Waiter>
  readonly #grant: () => void
  readonly #refuse: (reason: unknown) => void

  constructor(call: ClientCall, queue: Set<Waiter>, grant: () => void, refuse: (reason: unknown) => void) {
    this.#call = call
    this.#queue = queue
    this.#grant = grant
    this.#refuse = refuse
  }

  /** The permit is this one's now. Its call has waited for us until it goes on, which is not at once. */
  grant(): void {
    this.#leave()
    this.#grant()
    queueMicrotask(this.#detach)
  }

  cancel(reason: unknown): void {
    this.#leave()
    this.#detach()
    this.#refuse(reason)
  }

  expire(): void {
    const call = this.#call
    this.cancel(
      new MeshError('ERR_MESH_TIMEOUT', `${call.callee}: the deadline passed in the queue`, {
        origin: 'local',
        service: call.service,
        detail: 'response_timeout',
        phase: this.phase,
      }),
    )
  }

  #leave(): void {
    this.#queue.delete(this)
    this.armed?.release()
  }

  readonly #detach = (): void => {
    this.#call.detach(this)
  }
}
