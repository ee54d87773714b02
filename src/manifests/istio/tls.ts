import { isIdentityPattern } from '../../identity/identity-pattern.js'
import type { TlsSettings } from '../../identity/options.js'
import type { Fields, Vocabulary } from '../fields.js'
import type { TlsBlock } from './policy.js'

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
export function compileTls(policy: Fields, strict: boolean): TlsBlock | undefined {
  const fields = policy.fields('tls', vocabulary)
  if (fields === undefined) return undefined
  const at = policy.place('tls')
  const written = fields.oneOf('mode', ['DISABLE', 'SIMPLE', 'MUTUAL', 'ISTIO_MUTUAL'])
  const given = written ?? 'DISABLE'
  const mode = modes[given]
  if (mode === 'disable') warnInert(fields, written)
  else checkFiles(fields, given, strict)
  const subjectAltNames = readNames(fields)
  const serverName = fields.text('sni') ?? ''
  if (mode === 'mutual') checkIdentities(fields, subjectAltNames)
  if (mode === 'disable' || (subjectAltNames.length === 0 && serverName === '')) return { at, tls: mode }
  const tls: TlsSettings = {
    mode,
    ...(subjectAltNames.length === 0 ? {} : { subjectAltNames }),
    ...(serverName === '' ? {} : { serverName }),
  }
  return { at, tls }
}

/** Istio takes an empty name, which no server can have. */
function readNames(fields: Fields): readonly string[] {
  const names = fields.texts('subjectAltNames') ?? []
  if (names.includes('')) fields.error('subjectAltNames', 'invalid-value', 'A name must not be empty.')
  return names.filter((name) => name !== '')
}

function checkIdentities(fields: Fields, names: readonly string[]): void {
  const odd = names.find((name) => !isIdentityPattern(name))
  if (odd !== undefined)
    fields.error('subjectAltNames', 'unsupported-field', `Peers of mutual TLS are SPIFFE IDs here, not "${odd}".`)
}

/** Who writes one of these expects TLS; a value that says nothing is none. */
function warnInert(fields: Fields, mode: string | undefined): void {
  // What is wrong with a mode has been said.
  if (mode === undefined && fields.has('mode')) return
  const why = mode === undefined ? 'Without a mode, calls go in plain text' : 'The mode DISABLE adds no TLS'
  for (const name of vocabulary.known)
    if (name !== 'mode' && saysSomething(fields, name)) fields.warn(name, 'shadowed', `${why}: it has no effect.`)
}

function saysSomething(fields: Fields, name: string): boolean {
  if (name === 'subjectAltNames') return (fields.list(name)?.items.length ?? 0) > 0
  if (name === 'insecureSkipVerify') return fields.flag(name) === true
  return fields.has(name) && fields.text(name) !== ''
}

function checkFiles(fields: Fields, mode: string, strict: boolean): void {
  if (mode === 'ISTIO_MUTUAL')
    for (const name of vocabulary.known)
      if (name !== 'mode' && fields.has(name))
        fields.error(name, 'invalid-value', `ISTIO_MUTUAL stands alone: "${name}" is not allowed with it.`)
  for (const name of ['clientCertificate', 'privateKey'])
    if (mode === 'MUTUAL' && saysSomething(fields, name))
      fields.warn(name, 'unsupported-field', 'The identity of the mesh is presented in place of this file.')
    else if (mode === 'MUTUAL' && strict && !fields.has('credentialName'))
      fields.error(name, 'missing-field', `Istio refuses MUTUAL without "${name}"; ISTIO_MUTUAL needs none.`)
    else if (mode === 'SIMPLE' && saysSomething(fields, name))
      fields.warn(
        name,
        'shadowed',
        'SIMPLE presents no certificate of ours, as in Istio: write MUTUAL or ISTIO_MUTUAL.',
      )
  if (mode === 'MUTUAL' && saysSomething(fields, 'caCertificates'))
    fields.warn('caCertificates', 'unsupported-field', 'Peers are verified by the trust bundles of the identity.')
  if (mode === 'SIMPLE' && saysSomething(fields, 'caCertificates') && fields.text('caCertificates') !== 'system')
    fields.error(
      'caCertificates',
      'unsupported-field',
      'The file is in the sidecar: give its PEM as "tls.ca" natively.',
    )
  if (fields.flag('insecureSkipVerify') !== true) return
  const excluded = ['caCertificates', 'subjectAltNames'].find((name) => fields.has(name))
  if (excluded !== undefined && mode !== 'ISTIO_MUTUAL')
    fields.error(excluded, 'invalid-value', 'insecureSkipVerify excludes it: it says whom to trust.')
  fields.warn('insecureSkipVerify', 'unsupported-field', 'Servers are verified all the same.')
}

/** The settings with whom a ServiceEntry says its servers are, where the rule itself does not. */
export function withSubjectAltNames(block: TlsBlock, names: readonly string[]): TlsBlock['tls'] {
  const { tls } = block
  const settings: TlsSettings = typeof tls === 'string' ? { mode: tls } : tls
  if (settings.mode === 'disable' || names.length === 0 || settings.subjectAltNames !== undefined) return tls
  return { ...settings, subjectAltNames: names }
}
