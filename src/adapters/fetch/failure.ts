import { MeshError } from '../../core/errors.js'

/** What fetch users expect of a call that failed: the reason is the `cause`. */
export function fetchFailed(cause: unknown): TypeError {
  return new TypeError('fetch failed', { cause })
}

/** Why a body broke off after its headers: the caller's own abort reason, or a `TypeError` around the cause. */
export function bodyFailure(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true ? signal.reason : new TypeError('terminated', { cause: error })
}

/** A reply that breaks fetch's rules; trying again would not help. */
export function badReply(message: string, detail: string): MeshError {
  return new MeshError('ERR_MESH_PROTOCOL', message, { detail, retryable: false })
}
