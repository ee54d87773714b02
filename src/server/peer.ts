import type { Socket } from 'node:net'
import { MeshError } from '../core/errors.js'
import { guarding } from '../core/guard.js'
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
  return guarding(function identifyPeer(call: ServerCall) {
    call.peer ??= lookup(call.exchange.socket)
    if (call.peer === undefined && mtls === 'strict')
      throw new MeshError('ERR_MESH_FORBIDDEN', 'this workload accepts mutual TLS only', { detail: 'mtls_required' })
    if (call.peer !== undefined) call.principal ??= call.peer.principal
    return undefined
  })
}
