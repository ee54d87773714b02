import { either, object, record, type Schema, text, validate } from '../core/schema/index.js'
import type { Credentials, IdentitySource } from './credentials.js'
import { readCredentials } from './identity-snapshot.js'
import { ownBundles, type Roots } from './own-bundles.js'

/** Credentials that stay as they are, all PEM. */
export interface StaticIdentityOptions {
  /** Own certificate, an X.509-SVID; then intermediates if any. */
  cert: string
  /** Its private key, not encrypted. */
  key: string
  /** Roots of our own trust domain, or of several by name. */
  ca: Roots
}

const staticIdentityOptions: Schema<StaticIdentityOptions> = object<StaticIdentityOptions>(
  { cert: text, key: text, ca: either(text, record(text)) },
  ['cert', 'key', 'ca'],
)

/**
 * An identity from PEM at hand: from a vault, or from tests. Throws `ConfigError` for credentials that cannot be used.
 *
 * @example
 * const identity = staticIdentity({ cert: process.env.TLS_CERT, key: process.env.TLS_KEY, ca: process.env.TLS_CA })
 */
export function staticIdentity(options: StaticIdentityOptions): IdentitySource {
  const { cert, key, ca } = validate(staticIdentityOptions, options, 'identity')
  const credentials: Credentials = { cert, key, bundles: ownBundles(cert, ca) }
  readCredentials(credentials)
  return {
    current: () => credentials,
    subscribe: () => () => {},
  }
}
