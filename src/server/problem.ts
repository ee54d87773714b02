import { errorCodes } from '../core/error-codes.js'
import { MeshError } from '../core/errors.js'
import type { ServerCall } from '../core/server-call.js'
import { errorOf } from '../core/thrown.js'

/** An error as an HTTP answer. */
export interface ErrorAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

function internal(error: unknown): MeshError {
  return new MeshError('ERR_MESH_INTERNAL', 'an unexpected error', { cause: error })
}

/**
 * What went wrong on this side of an answer that shows nothing of it: code that threw, or a policy that cannot be carried
 * out. Undefined for what the client is told.
 */
export function faultBehind(thrown: unknown): Error | undefined {
  if (!(thrown instanceof Error)) return errorOf(thrown)
  if (!(thrown instanceof MeshError)) return thrown
  return thrown.code === 'ERR_MESH_INTERNAL' || thrown.code === 'ERR_MESH_BODY_USED' ? thrown : undefined
}

/**
 * What the client is told: RFC 9457 problem+json, or the dialect's own body where a manifest demands it. Says why the
 * client was refused, and nothing about what is inside.
 */
export function errorAnswer(thrown: unknown, call: ServerCall): ErrorAnswer {
  const error = thrown instanceof MeshError ? thrown : internal(thrown)
  const headers: Record<string, string> = { ...error.headers }
  if (error.retryAfterMs !== undefined && headers['retry-after'] === undefined)
    headers['retry-after'] = String(Math.max(1, Math.ceil(error.retryAfterMs / 1000)))
  if (error.body !== undefined) {
    headers['content-type'] ??= error.body.startsWith('{') ? 'application/json; charset=utf-8' : 'text/plain'
    return { status: error.status, headers, body: error.body }
  }
  headers['content-type'] = 'application/problem+json'
  const { title } = errorCodes[error.code]
  const problem = {
    type: 'about:blank',
    title,
    status: error.status,
    ...(error.status < 500 ? { detail: error.message } : error.detail === undefined ? {} : { detail: error.detail }),
    code: error.code,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: Math.ceil(error.retryAfterMs) }),
    ...(call.requestId === '' ? {} : { requestId: call.requestId }),
  }
  return { status: error.status, headers, body: JSON.stringify(problem) }
}
