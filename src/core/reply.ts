import { HeaderMap } from './headers.js'
import type { Lease } from './lease.js'
import { ReplyBody } from './reply-body.js'

/** The answer to a call: status and headers are there, the body is not yet read. Any status is a value, not an error. */
export class Reply {
  /** HTTP status, never 1xx; interceptors may change it. */
  status: number
  /** Reason phrase as it came, for edges that pass it on. */
  readonly statusText: string
  /** Headers as they came; interceptors may change them. */
  headers: HeaderMap
  /** Not read yet: read it, `cancel()` or `dump()` it, or the call stays under way. */
  readonly body: ReplyBody
  /** Envoy's response flags of an answer that was made or held back here: `FI`, `DI`. */
  flag: string | undefined = undefined
  /** Why an answer was made here, in Envoy's spelling: `direct_response`, `fault_filter_abort`. */
  detail: string | undefined = undefined

  constructor(status: number, headers: HeaderMap, body: ReplyBody, statusText = '') {
    this.status = status
    this.headers = headers
    this.body = body
    this.statusText = statusText
  }

  /** Trailers; empty until the body has ended. */
  get trailers(): HeaderMap {
    return this.body.trailers ?? new HeaderMap()
  }

  /** What is held for this call until the body ends. */
  get lease(): Lease {
    return this.body.lease
  }
}

/** An answer of our own: a redirect, a direct response, a preflight. */
export function directReply(status: number, headers: Readonly<Record<string, string>> = {}, body?: string): Reply {
  return new Reply(status, HeaderMap.from(headers), ReplyBody.of(body))
}
