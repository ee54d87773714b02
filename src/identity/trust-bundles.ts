import type { X509Certificate } from 'node:crypto'
import { identityRefusal, shown, tlsRefusal } from './refusal.js'
import { checkStrength, checkValidity, parseStrictly } from './svid.js'
import { keyUsageBit } from './x509/extensions.js'
import { keyUsageHas } from './x509/parsed-certificate.js'

/** Roots by trust domain. */
export type TrustBundles = ReadonlyMap<string, readonly X509Certificate[]>

/** Nobody's. */
export const noRoots: TrustBundles = new Map()

/** Whether a root of `before` is not one of `after`. */
export function withdrawsRoot(before: TrustBundles, after: TrustBundles): boolean {
  const left = [...after.values()].flat()
  return [...before.values()].flat().some(({ raw }) => !left.some((root) => root.raw.equals(raw)))
}

/** Most certificates a peer may send beside its own; bounds the signatures that are checked for it, too. */
const maxIntermediates = 8

function mayIssue(certificate: X509Certificate, nowMs: number): boolean {
  if (!certificate.ca) return false
  try {
    checkValidity(certificate, nowMs, 'the issuer')
    const parsed = parseStrictly(certificate, 'the issuer')
    checkStrength(certificate, parsed, 'the issuer')
    return keyUsageHas(parsed, keyUsageBit.keyCertSign) !== false
  } catch {
    return false
  }
}

function isRootUsable(root: X509Certificate, nowMs: number): boolean {
  try {
    checkValidity(root, nowMs, 'the root')
    return true
  } catch {
    return false
  }
}

function pathToRoot(
  leaf: X509Certificate,
  intermediates: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): boolean {
  const issued = (subject: X509Certificate, issuer: X509Certificate): boolean =>
    subject.checkIssued(issuer) && subject.verify(issuer.publicKey)
  const used = new Set<X509Certificate>()

  function climb(subject: X509Certificate): boolean {
    if (roots.some((root) => issued(subject, root))) return true
    for (const issuer of intermediates) {
      if (used.has(issuer) || !issued(subject, issuer)) continue
      used.add(issuer)
      if (climb(issuer)) return true
    }
    return false
  }
  return climb(leaf)
}

/**
 * Checks that a peer's certificate leads to a root of its own trust domain. OpenSSL has checked the chain against the
 * roots of all domains together; that alone would let the CA of one domain vouch for the names of another. Throws
 * `ERR_MESH_PEER_IDENTITY` or `ERR_MESH_TLS`.
 */
export function checkTrust(
  trustDomain: string,
  chain: readonly X509Certificate[],
  bundles: TrustBundles,
  nowMs: number,
): void {
  const bundle = bundles.get(trustDomain)
  if (bundle === undefined)
    throw identityRefusal('trust_domain', `the peer's trust domain "${trustDomain}" is none that we have roots for`)
  const [leaf, ...rest] = chain
  if (leaf === undefined) throw identityRefusal('no_certificate', 'the peer presented no certificate')
  if (rest.length > maxIntermediates) throw tlsRefusal('malformed', 'the peer presented too many certificates')
  const intermediates = rest.filter((certificate) => mayIssue(certificate, nowMs))
  const roots = bundle.filter((root) => isRootUsable(root, nowMs))
  if (pathToRoot(leaf, intermediates, roots)) return
  throw tlsRefusal(
    'unknown_ca',
    `the peer's certificate ${leaf.fingerprint256.replaceAll(':', '').toLowerCase().slice(0, 16)}, issued by ` +
      `"${shown(leaf.issuer)}", leads to no root of trust domain "${trustDomain}"`,
  )
}
