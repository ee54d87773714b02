import type { TlsSettings } from '../../identity/options.js'
import type { Fields, Vocabulary } from '../fields.js'
import type { ServicePolicy } from '../services.js'

const vocabulary: Vocabulary = {
  known: ['mode', 'subjectAltNames', 'sni', 'clientCertificate', 'privateKey', 'caCertificates', 'insecureSkipVerify'],
  unsupported: {
    credentialName: {
      severity: 'error',
      message: 'Certificates come from the identity of the mesh, not from a Secret.',
    },
    caCrl: { severity: 'error', message: 'Revocation lists are not looked at.' },
  },
}

const modes = { DISABLE: 'disable', SIMPLE: 'simple', MUTUAL: 'mutual', ISTIO_MUTUAL: 'mutual' } as const

/** Compiles `tls`. `MUTUAL` too proves itself by the identity of the mesh: files inside a sidecar do not exist here. */
export function compileTls(policy: Fields): ServicePolicy {
  const fields = policy.fields('tls', vocabulary)
  if (fields === undefined) return {}
  const given = fields.oneOf('mode', ['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL']) ?? 'DISABLE'
  const mode = modes[given]
  checkFiles(fields, given)
  const subjectAltNames = fields.texts('subjectAltNames') ?? []
  const serverName = fields.text('sni') ?? ''
  if (mode === 'disable' || (subjectAltNames.length === 0 && serverName === '')) return { tls: mode }
  const tls: TlsSettings = {
    mode,
    ...(subjectAltNames.length === 0 ? {} : { subjectAltNames }),
    ...(serverName === '' ? {} : { serverName }),
  }
  return { tls }
}

function checkFiles(fields: Fields, mode: string): void {
  if (mode === 'ISTIO_MUTUAL')
    for (const name of vocabulary.known)
      if (name !== 'mode' && fields.has(name))
        fields.error(name, 'invalid-value', `ISTIO_MUTUAL stands alone: "${name}" is not allowed with it.`)
  for (const name of ['clientCertificate', 'privateKey'])
    if (mode === 'MUTUAL' && fields.has(name))
      fields.warn(name, 'unsupported-field', 'The identity of the mesh is presented in place of this file.')
  if (mode === 'MUTUAL' && fields.has('caCertificates'))
    fields.warn('caCertificates', 'unsupported-field', 'Peers are verified by the trust bundles of the identity.')
  if (mode === 'SIMPLE' && fields.has('caCertificates'))
    fields.error(
      'caCertificates',
      'unsupported-field',
      'The file is in the sidecar: give its PEM as "tls.ca" natively.',
    )
  if (fields.flag('insecureSkipVerify') === true)
    fields.warn('insecureSkipVerify', 'unsupported-field', 'Servers are verified all the same.')
}
