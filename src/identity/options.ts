import { either, list, object, oneOf, rule, type Schema, text } from '../core/schema/index.js'
import { isIdentityPattern } from './identity-pattern.js'
import { certificatesOf } from './pem.js'

/** How a service is connected to, in full. */
export interface TlsSettings {
  /**
   * `disable`: plain text. `simple`: the server proves itself by its host name. `mutual`: both sides prove themselves
   * by SPIFFE IDs.
   */
  mode: 'disable' | 'simple' | 'mutual'
  /**
   * Who the peer may be. `mutual`: SPIFFE IDs, `*` for the last path segment; default any identity of our own trust
   * domain. `simple`: DNS names, IP addresses or URIs in place of the host name.
   */
  subjectAltNames?: readonly string[] | undefined
  /** Server name to ask for (SNI), and in `simple` mode to verify. Default: the endpoint's host. */
  serverName?: string | undefined
  /** PEM of the roots to trust. `simple` only; default the system's. `mutual` trusts the identity's bundles. */
  ca?: string | undefined
}

/** How a service is connected to: a mode, or the settings in full. Default `disable`, or `simple` for https endpoints. */
export type TlsOptions = TlsSettings['mode'] | TlsSettings

const mode: Schema<TlsSettings['mode']> = oneOf('disable', 'simple', 'mutual')

function isReadablePem(pem: string): boolean {
  try {
    return certificatesOf(pem).length > 0
  } catch {
    return false
  }
}

/** Schema of `TlsOptions`. */
export const tlsOptions: Schema<TlsOptions> = either(
  mode,
  rule(
    object<TlsSettings>({ mode, subjectAltNames: list(text, { min: 1 }), serverName: text, ca: text }, ['mode']),
    (value, report) => {
      if (value.ca !== undefined && value.mode !== 'simple')
        report(['ca'], 'is for mode "simple"; "mutual" trusts the bundles of the identity')
      else if (value.ca !== undefined && !isReadablePem(value.ca)) report(['ca'], 'has no readable PEM certificate')
      if (value.mode === 'mutual')
        for (const [i, name] of (value.subjectAltNames ?? []).entries())
          if (!isIdentityPattern(name))
            report(['subjectAltNames', i], 'must be a SPIFFE ID, or one whose last segment is "*"')
    },
  ),
)
