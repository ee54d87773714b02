import type { Cancellation } from '../core/cancellation.js'
import type { InboundContext } from '../core/inbound.js'
import { type Logger, silentLogger } from '../core/logger.js'
import type { PeerIdentity } from '../core/peer.js'
import type { Claims, ConsumerRef, ServerCall } from '../core/server-call.js'

/** What the application finds at `req.mesh`. */
export interface MeshContext {
  /** Who is asking: the token's `iss/sub`, else the consumer, else the peer. */
  readonly principal: string | undefined
  /** Verified certificate of the other side of the connection. */
  readonly peer: PeerIdentity | undefined
  /** Claims of the verified token. */
  readonly claims: Claims | undefined
  /** The gateway's known client. */
  readonly consumer: ConsumerRef | undefined
  /** Absolute, on the scale of `performance.now()`; `Infinity` for none. */
  readonly deadline: number
  /** `x-request-id` of the caller, or a UUID. */
  readonly requestId: string
  /** The mesh's logger, with the request id bound. */
  readonly log: Logger
}

/** A view of the call: nothing is copied before it is read. */
class CallContext implements MeshContext, InboundContext {
  readonly #call: ServerCall
  readonly #logger: Logger
  #log: Logger | undefined = undefined

  constructor(call: ServerCall, logger: Logger) {
    this.#call = call
    this.#logger = logger
  }

  get principal(): string | undefined {
    return this.#call.principal
  }

  get peer(): PeerIdentity | undefined {
    return this.#call.peer
  }

  get claims(): Claims | undefined {
    return this.#call.claims
  }

  get consumer(): ConsumerRef | undefined {
    return this.#call.consumer
  }

  get deadline(): number {
    return this.#call.deadline
  }

  get requestId(): string {
    return this.#call.requestId
  }

  get traceparent(): string | undefined {
    return this.#call.traceparent
  }

  get tracestate(): string | undefined {
    return this.#call.tracestate
  }

  get repeated(): boolean {
    return this.#call.repeated
  }

  noteRetriesSpent(): void {
    this.#call.noteRetriesSpent()
  }

  get cancellation(): Cancellation {
    return this.#call
  }

  get log(): Logger {
    this.#log ??= this.#logger.child?.({ requestId: this.requestId }) ?? this.#logger
    return this.#log
  }
}

/** The context of a call, for the application and for the calls that it makes. */
export function callContext(call: ServerCall, logger: Logger = silentLogger): MeshContext & InboundContext {
  return new CallContext(call, logger)
}
