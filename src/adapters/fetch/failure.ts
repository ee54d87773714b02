import { MeshError } from '../../core/errors.js'

/** Why a call failed, as fetch users expect it: the caller's own abort reason, or a `TypeError` around the cause. */
export function fetchFailure(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true ? signal.reason : new TypeError('fetch failed', { cause: error })
}

/** The same for a body that broke off after its headers. */
export function bodyFailure(error: unknown, signal: AbortSignal | undefined): unknown {
  return signal?.aborted === true ? signal.reason : new TypeError('terminated', { cause: error })
}

/** A reply that breaks fetch's rules; trying again would not help. */
export function badReply(message: string, detail: string): MeshError {
  return new MeshError('ERR_MESH_PROTOCOL', message, { detail, retryable: false })
}
