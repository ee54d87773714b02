import { createHash, type X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { PeerIdentity } from '../core/peer.js'
import type { IdentitySnapshot } from './identity-snapshot.js'
import { identityRefusal, tlsRefusal } from './refusal.js'
import { checkSvid, checkValidity, validityOf } from './svid.js'
import { checkTrust, type TrustBundles, withdrawsRoot } from './trust-bundles.js'

/**
 * Verifies a presented chain: the leaf is an X.509-SVID, valid now, and leads to a root of the trust domain in its own
 * SPIFFE ID. The chain must have passed OpenSSL's verification before. Throws `ERR_MESH_PEER_IDENTITY`, `ERR_MESH_TLS`.
 */
export function verifyChain(
  chain: readonly X509Certificate[],
  bundles: TrustBundles,
  nowMs: number,
  openSslIsEnough: (trustDomain: string) => boolean = () => false,
): PeerIdentity {
  const [leaf] = chain
  if (leaf === undefined) throw identityRefusal('no_certificate', 'the peer presented no certificate')
  const id = checkSvid(leaf, "the peer's certificate")
  checkValidity(leaf, nowMs, "the peer's certificate")
  if (!openSslIsEnough(id.trustDomain)) checkTrust(id.trustDomain, chain, bundles, nowMs)
  return {
    spiffeId: id.uri,
    trustDomain: id.trustDomain,
    principal: id.principal,
    notAfterMs: validityOf(leaf).notAfterMs,
    fingerprint: createHash('sha256').update(leaf.raw).digest('hex'),
  }
}

interface Verified {
  readonly identity: PeerIdentity
  readonly chain: readonly X509Certificate[]
  /** Roots it was last verified against. */
  bundles: TrustBundles
}

const verified = new WeakMap<TLSSocket, Verified>()

/**
 * Whose certificate the other side of a connection presented; undefined when it presented none. The first call on a
 * connection verifies it all; every later one checks that the certificate has not ended meanwhile, and after a root
 * was withdrawn, that it still leads to one - so a live connection never outlasts the trust it was accepted on.
 * `asked` are the roots that OpenSSL has asked, which a rotation may have overtaken. Throws `ERR_MESH_PEER_IDENTITY` or
 * `ERR_MESH_TLS` for a certificate that is worth nothing, or nothing any more.
 */
export function peerOf(
  socket: TLSSocket,
  chainOf: (socket: TLSSocket) => readonly X509Certificate[],
  trust: IdentitySnapshot,
  nowMs: number,
  asked: TrustBundles | undefined = trust.bundles,
): PeerIdentity | undefined {
  const known = verified.get(socket)
  if (known !== undefined) {
    if (nowMs >= known.identity.notAfterMs) throw tlsRefusal('expired', "the peer's certificate has expired")
    if (known.bundles !== trust.bundles) {
      // Roots that have only been added take no trust away, also from a path that cannot be seen.
      if (withdrawsRoot(known.bundles, trust.bundles))
        checkTrust(known.identity.trustDomain, known.chain, trust.bundles, nowMs)
      known.bundles = trust.bundles
    }
    return known.identity
  }
  if (socket.isSessionReused())
    throw tlsRefusal('session_resumed', 'the connection resumed a TLS session, which skips the identity check')
  const chain = chainOf(socket)
  if (chain.length === 0) return undefined
  const { bundles } = trust
  const identity = verifyChain(
    chain,
    bundles,
    nowMs,
    // Node 24 hides a client's intermediates (nodejs/node#65579). With roots of one trust domain alone, OpenSSL has
    // asked the same question of the whole chain; with several, a path that cannot be seen is refused.
    (trustDomain) =>
      asked === bundles && chain.length === 1 && socket.authorized && bundles.size === 1 && bundles.has(trustDomain),
  )
  // OpenSSL's own verdict last: it covers path length, name constraints and critical extensions, in its own words.
  if (!socket.authorized)
    throw tlsRefusal('unknown_ca', `the peer's certificate is not trusted: ${String(socket.authorizationError)}`)
  verified.set(socket, { identity, chain, bundles })
  return identity
}
