import type { X509Certificate } from 'node:crypto'
import { ConfigError, type Problem } from '../core/config-error.js'
import { messageOf } from '../core/thrown.js'
import type { Credentials } from './credentials.js'
import { certificatesOf, privateKeyOf } from './pem.js'
import { isTrustDomain, type SpiffeId } from './spiffe-id.js'
import { checkSvid, validityOf } from './svid.js'
import type { TrustBundles } from './trust-bundles.js'

/** Credentials that passed every check, parsed once. Immutable. */
export interface IdentitySnapshot {
  /** 1 for the first; one more with every rotation. */
  readonly generation: number
  /** Who we are. */
  readonly id: SpiffeId
  readonly certificate: X509Certificate
  readonly notBeforeMs: number
  /** Wall-clock ms from which on we are nobody. */
  readonly notAfterMs: number
  readonly bundles: TrustBundles
  /** As OpenSSL takes them: normalised PEM. */
  readonly pem: { readonly cert: string; readonly key: string; readonly ca: string }
}

/** Runs a check; what it throws becomes the problem of the option at `path`. */
export function reading<T>(path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new ConfigError([{ path, message: messageOf(error) }])
  }
}

function pemText(certificates: readonly X509Certificate[]): string {
  return certificates.map((certificate) => certificate.toString()).join('')
}

function readBundles(bundles: Readonly<Record<string, string>>): Map<string, readonly X509Certificate[]> {
  const problems: Problem[] = []
  const found = new Map<string, readonly X509Certificate[]>()
  for (const [trustDomain, pem] of Object.entries(bundles)) {
    const path = `identity.bundles[${JSON.stringify(trustDomain)}]`
    if (!isTrustDomain(trustDomain)) problems.push({ path, message: 'is not the name of a trust domain' })
    const roots = reading(path, () => certificatesOf(pem))
    if (roots.some((root) => !root.ca)) problems.push({ path, message: 'has a certificate that is no CA' })
    found.set(trustDomain, roots)
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return found
}

/**
 * Checks credentials and parses them, whatever the date. Throws `ConfigError` for a pair that does not match, a
 * certificate that is no X.509-SVID, a key that is encrypted, or no roots of our own trust domain. No message shows a key.
 */
export function readCredentials(credentials: Credentials, generation = 1): IdentitySnapshot {
  const chain = reading('identity.cert', () => certificatesOf(credentials.cert))
  const [certificate] = chain
  if (certificate === undefined) throw new ConfigError([{ path: 'identity.cert', message: 'has no PEM certificate' }])
  const key = reading('identity.key', () => privateKeyOf(credentials.key))
  if (!certificate.checkPrivateKey(key))
    throw new ConfigError([
      { path: 'identity.key', message: 'does not belong to the first certificate of identity.cert' },
    ])
  const id = reading('identity.cert', () => checkSvid(certificate, 'our certificate'))
  const bundles = readBundles(credentials.bundles)
  if ((bundles.get(id.trustDomain)?.length ?? 0) === 0)
    throw new ConfigError([
      { path: 'identity.ca', message: `has no root certificate of our own trust domain "${id.trustDomain}"` },
    ])
  return {
    generation,
    id,
    certificate,
    ...validityOf(certificate),
    bundles,
    pem: {
      cert: pemText(chain),
      key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      ca: pemText([...bundles.values()].flat()),
    },
  }
}
