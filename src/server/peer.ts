import type { Socket } from 'node:net'
import { MeshError } from '../core/errors.js'
import type { Interceptor } from '../core/interceptor.js'
import type { PeerIdentity } from '../core/peer.js'
import type { ServerCall } from '../core/server-call.js'

/** Finds out whose certificate is on a connection; throws when it is no longer worth anything. */
export type PeerLookup = (socket: Socket) => PeerIdentity | undefined

/**
 * Puts the verified identity of the other side on the call, checked anew for every request of a live connection, and
 * under `strict` refuses calls without one (Istio PeerAuthentication).
 */
export function peerIdentity(mtls: 'strict' | 'permissive' | 'disable', lookup: PeerLookup): Interceptor<ServerCall> {
  return function identifyPeer(call, next) {
    try {
      call.peer ??= lookup(call.exchange.socket)
    } catch (error) {
      return Promise.reject(error)
    }
    if (call.peer === undefined && mtls === 'strict')
      return Promise.reject(
        new MeshError('ERR_MESH_FORBIDDEN', 'this workload accepts mutual TLS only', { detail: 'mtls_required' }),
      )
    if (call.peer !== undefined) call.principal ??= call.peer.principal
    return next(call)
  }
}
