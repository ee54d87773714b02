/** Whose certificate the other side of a connection presented, verified. */
export interface PeerIdentity {
  /** `spiffe://trust-domain/path`. */
  readonly spiffeId: string
  /** Host part of the SPIFFE ID: `cluster.local`. */
  readonly trustDomain: string
  /** The same without `spiffe://`: Istio's `source.principal`. */
  readonly principal: string
  /** Wall-clock ms after which the certificate is worth nothing. */
  readonly notAfterMs: number
  /** SHA-256 of the certificate, hex. */
  readonly fingerprint: string
}
