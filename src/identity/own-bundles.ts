import { ConfigError } from '../core/config-error.js'
import { reading } from './identity-snapshot.js'
import { certificatesOf } from './pem.js'
import { checkSvid } from './svid.js'

/** Roots as users name them: those of our own trust domain, or of several by name. PEM, or the file that holds it. */
export type Roots = string | Readonly<Record<string, string>>

/** Bundles by trust domain; roots without a name are those of the domain that our own certificate names. */
export function ownBundles(cert: string, roots: Roots): Readonly<Record<string, string>> {
  if (typeof roots !== 'string') return roots
  const [leaf] = reading('identity.cert', () => certificatesOf(cert))
  if (leaf === undefined) throw new ConfigError([{ path: 'identity.cert', message: 'has no PEM certificate' }])
  const id = reading('identity.cert', () => checkSvid(leaf, 'our certificate'))
  return { [id.trustDomain]: roots }
}
