import { MeshError } from '../core/errors.js'
import { ownExpiry } from '../core/stale.js'

/** Why a peer is refused whose certificate says who it is - or fails to. Bounded, for metrics. */
export type IdentityReason = 'no_certificate' | 'not_an_svid' | 'trust_domain' | 'unexpected_identity' | 'server_name'

/** Why a certificate is worth nothing, whoever it names. Bounded, for metrics. */
export type TlsReason = 'expired' | 'not_yet_valid' | 'unknown_ca' | 'session_resumed' | 'malformed' | 'weak'

/** The peer is not who it should be. */
export function identityRefusal(reason: IdentityReason, message: string): MeshError {
  return new MeshError('ERR_MESH_PEER_IDENTITY', message, { detail: reason })
}

/** The peer's certificate, or ours, cannot be trusted at all. */
export function tlsRefusal(reason: TlsReason, message: string, cause?: unknown): MeshError {
  return new MeshError('ERR_MESH_TLS', message, { detail: reason, cause })
}

/** Our own certificate has ended: no peer can help it, and none is blamed. */
export function ownExpired(message = 'our own certificate has expired'): MeshError {
  return new MeshError('ERR_MESH_TLS', message, { detail: ownExpiry, origin: 'local', retryable: false })
}

/** Text from a certificate, fit for a message or a log line: printable ASCII and short. */
export function shown(text: string): string {
  const printable = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return printable.length > 120 ? `${printable.slice(0, 117)}...` : printable
}
