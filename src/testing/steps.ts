import type { MeshErrorCode } from '../core/error-codes.js'
import type { HeaderInit } from '../core/headers.js'

/** Content of a scripted reply. */
export type StepBody = string | Uint8Array

/** Answers well. */
export interface ReplyStep {
  /** Status. */
  reply: number
  /** Default: none; a server adds what frames the body. */
  headers?: HeaderInit | undefined
  /** Default: empty. */
  body?: StepBody | undefined
  /** Sent after the body. */
  trailers?: Readonly<Record<string, string>> | undefined
  /** Wait before the headers, ms. Default 0. */
  delayMs?: number | undefined
  /** Wait between headers and body, ms. Default 0. */
  bodyDelayMs?: number | undefined
  /** Lets the body drip: a wait before every single byte of it, ms. Default: all at once. */
  dripMs?: number | undefined
}

/** Goes silent and never ends by itself. */
export interface HangStep {
  /** What never comes: the `headers`, or the rest of the `body` after its first bytes. */
  hang: 'headers' | 'body'
}

/** Breaks a reply of status 200 off in its body. */
export interface TruncateStep {
  /** Bytes of the body that arrive before the break. */
  truncate: number
  /** The body that was meant. Default: some bytes more than arrive. */
  body?: StepBody | undefined
}

/** Fails without a reply, as the transport would. */
export interface FailStep {
  /** Code of the `MeshError`. */
  fail: MeshErrorCode
  /**
   * Whether a byte of the request may have gone out, which decides what may be retried. Default: as the code says -
   * no for connection failures (flag `UF`) and local rejections, yes for everything else.
   */
  sent?: boolean | undefined
  /** What the error says in Envoy's words, such as `upstream_reset_before_response_started{remote refused stream reset}`. */
  detail?: string | undefined
  /** Wait before it fails, ms. Default 0. */
  delayMs?: number | undefined
}

/** What a scripted upstream does with one call. */
export type UpstreamStep = ReplyStep | FailStep | HangStep | TruncateStep

/** The body as bytes. */
export function bytesOf(body: StepBody | undefined): Buffer {
  if (body === undefined) return Buffer.alloc(0)
  return typeof body === 'string' ? Buffer.from(body) : Buffer.from(body)
}

/** The body that is cut, longer by at least a byte than what arrives of it. */
export function bytesToCut(step: TruncateStep): Buffer {
  const body = bytesOf(step.body)
  return body.length > step.truncate ? body : Buffer.concat([body], step.truncate + 7).fill('x', body.length)
}
