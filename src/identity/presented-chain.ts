import { X509Certificate } from 'node:crypto'
import type { PeerCertificate, TLSSocket } from 'node:tls'

/** Longest chain that is followed. */
const maxLength = 100

/** The certificates behind Node's legacy description of a peer, its own first; empty when it presented none. */
export function chainBehind(peer: PeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = []
  const seen = new Set<unknown>()
  let next: PeerCertificate | undefined = peer
  while (next?.raw !== undefined && !seen.has(next) && chain.length <= maxLength) {
    seen.add(next)
    chain.push(new X509Certificate(next.raw))
    // Node hands over the detailed form wherever a chain matters; the type of its callbacks does not tell.
    next = (next as { issuerCertificate?: PeerCertificate }).issuerCertificate
  }
  return chain
}

/**
 * What a server presented to us. Not read by `getPeerX509Certificate`, which on this side takes the certificates out
 * of the connection, so that a second call finds none.
 */
export function chainOfServer(socket: TLSSocket): X509Certificate[] {
  return chainBehind(socket.getPeerCertificate(true))
}

/**
 * What a client presented to us. Not read by `getPeerCertificate(true)`, with which in Node before 2026 a stranger
 * could make a server leak memory (CVE-2025-59464). Intermediates are there on the first call only.
 */
export function chainOfClient(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = []
  let next = socket.getPeerX509Certificate()
  while (next !== undefined && chain.length <= maxLength) {
    chain.push(next)
    next = next.issuerCertificate
  }
  return chain
}
