import type { MeshError } from './errors.js'
import { type CallKey, callKey } from './values.js'

/** Set on a call that has met a stale connection: its further attempts go over connections of their own. */
export const freshConnection: CallKey<true> = callKey('fresh-connection')

/** Detail of errors for which our own certificate has ended. */
export const ownExpiry = 'own_expired'

/**
 * Whether an attempt met a connection that had served before and ended as it was used: its peer had closed it already,
 * and that says nothing of the endpoint (RFC 9112, 9.3.1). Not one that we broke off ourselves.
 */
export function isStale(error: MeshError): boolean {
  const { code, origin, detail } = error
  return code === 'ERR_MESH_RESET_BEFORE_RESPONSE' && origin === 'local' && detail !== ownExpiry
}
