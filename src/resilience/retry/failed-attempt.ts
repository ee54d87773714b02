import type { ClientCall } from '../../core/call.js'
import { MeshError } from '../../core/errors.js'
import type { Reply } from '../../core/reply.js'
import { isStale } from '../../core/stale.js'
import type { RetryToken } from './conditions.js'

/** An attempt without success, in the form that p-retry wants: thrown. Never leaves this folder. */
export class FailedAttempt extends Error {
  override readonly name = 'FailedAttempt'
  readonly attempt: ClientCall
  /** Why it is worth another try; undefined if it is not. */
  readonly reason: RetryToken | undefined
  readonly reply: Reply | undefined
  /** What was thrown instead of a reply. */
  readonly thrown: unknown

  constructor(attempt: ClientCall, reason: RetryToken | undefined, reply: Reply | undefined, thrown: unknown) {
    super()
    this.attempt = attempt
    this.reason = reason
    this.reply = reply
    this.thrown = thrown
  }

  get error(): MeshError | undefined {
    return this.thrown instanceof MeshError ? this.thrown : undefined
  }

  /** No connection came about, and no handshake had begun: its retry adds no load. */
  get unconnected(): boolean {
    const { error } = this
    return (
      error?.code === 'ERR_MESH_CONNECT' || (error?.code === 'ERR_MESH_CONNECT_TIMEOUT' && error.phase === 'connect')
    )
  }

  /** Its retry is nobody's to refuse: no connection came about, or a kept one had ended as it was used. */
  get free(): boolean {
    return this.unconnected || (this.error !== undefined && isStale(this.error))
  }

  /** What the caller gets if nothing comes after it. */
  outcome(): Reply {
    if (this.reply === undefined) throw this.thrown
    return this.reply
  }

  /** Lets the reply go: read to its end if that is near, so that its connection serves the next attempt. */
  discard(call: ClientCall): void {
    if (this.reply === undefined) return call.detach(this.attempt)
    this.reply.body.dump()
    call.setAside(this.attempt)
  }

  /** Stops reading a discarded reply: by now it is not worth a connection and a permit any more. */
  abandon(): void {
    if (this.reply?.lease.ended === false)
      this.attempt.cancel(new MeshError('ERR_MESH_ABORTED', 'the reply of a failed attempt was not needed any more'))
  }
}
