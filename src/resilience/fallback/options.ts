import type { MeshError } from '../../core/errors.js'
import type { Reply } from '../../core/reply.js'
import {
  anyText,
  either,
  headerFields,
  headerValue,
  instance,
  integer,
  object,
  type Schema,
} from '../../core/schema/index.js'

/** An answer that is always the same. */
export interface FallbackReply {
  /** 200 to 599. Default 200. */
  status?: number | undefined
  /** Default: none. */
  headers?: Readonly<Record<string, string>> | undefined
  /** Default: empty. */
  body?: string | undefined
}

/** What a call came to, once every retry was spent. */
export interface FallbackFailure {
  /** Logical name of the callee. */
  readonly service: string
  /** HTTP method of the call. */
  readonly method: string
  /** Path and query of the call. */
  readonly path: string
  /** Why there is no reply; undefined when there is one. */
  readonly error: MeshError | undefined
  /** A reply that says failure; its body is not read and goes once there is another answer. */
  readonly reply: Reply | undefined
}

/**
 * Makes an answer for a failed call; undefined leaves the failure as it is. One that throws leaves it, too. It is also
 * asked when the deadline has passed, so it should not take long; the caller's abort ends the wait for it.
 */
export type FallbackFunction = (
  failure: FallbackFailure,
) => FallbackReply | undefined | Promise<FallbackReply | undefined>

/** What to answer in place of a failure. */
export type FallbackOptions = FallbackReply | FallbackFunction

/** Schema of `FallbackReply`. */
export const fallbackReply: Schema<FallbackReply> = object<FallbackReply>({
  status: integer(200, 599),
  headers: headerFields(headerValue),
  body: anyText,
})

/** Schema of `FallbackOptions`. */
export const fallbackOptions: Schema<FallbackOptions> = either<FallbackReply, FallbackFunction>(
  fallbackReply,
  instance<FallbackFunction>('an answer, or a function that makes one', (value) => typeof value === 'function'),
)
