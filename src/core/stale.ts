import type { MeshError } from './errors.js'
import { type CallKey, callKey } from './values.js'

/** Set on a call that has met a stale connection: its further attempts go over connections of their own. */
export const freshConnection: CallKey<true> = callKey('fresh-connection')

/**
 * Whether an attempt met a connection that had served before and ended as it was used: its peer had closed it already,
 * and that says nothing of the endpoint (RFC 9112, 9.3.1).
 */
export function isStale(error: MeshError): boolean {
  return error.code === 'ERR_MESH_RESET_BEFORE_RESPONSE' && error.origin === 'local'
}
