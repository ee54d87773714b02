import { X509Certificate } from 'node:crypto'
import { isIP, SocketAddress } from 'node:net'
import { isMeshError, type MeshError } from '../core/errors.js'
import { identityRefusal, shown, tlsRefusal } from './refusal.js'
import { type SubjectAltNames, subjectAltNames } from './san.js'
import { checkStrength, parseStrictly } from './svid.js'

/** Whether a DNS name of a certificate covers a host: equal, or `*.` for one whole label above at least two others. */
function coversHost(name: string, host: string): boolean {
  const pattern = name.toLowerCase()
  if (!pattern.includes('*')) return pattern === host
  if (!pattern.startsWith('*.') || pattern.includes('*', 1)) return false
  const parent = pattern.slice(1)
  if (!parent.slice(1).includes('.')) return false
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot) === parent
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => bytes.readUInt16BE(i * 2).toString(16))
  return new SocketAddress({ address: groups.join(':'), family: 'ipv6' }).address
}

function canonicalAddress(address: string): string {
  return isIP(address) === 6 ? new SocketAddress({ address, family: 'ipv6' }).address : address
}

function covers(names: SubjectAltNames, expected: string): boolean {
  if (isIP(expected) !== 0) {
    const address = canonicalAddress(expected)
    return names.ipAddresses.some(
      (bytes) => (bytes.length === 4 || bytes.length === 16) && addressText(bytes) === address,
    )
  }
  if (expected.includes('://')) return names.uris.includes(expected)
  const host = (expected.endsWith('.') ? expected.slice(0, -1) : expected).toLowerCase()
  return names.dnsNames.some((name) => coversHost(name, host))
}

/**
 * Checks that a server's certificate was issued to one of the names expected. Only subject alternative names count:
 * no common name, no wildcard over a top-level domain or inside a label, no URI read as a host name.
 */
export function checkServerName(der: Uint8Array, expected: readonly string[]): MeshError | undefined {
  try {
    const certificate = new X509Certificate(der)
    const parsed = parseStrictly(certificate, "the server's certificate")
    checkStrength(certificate, parsed, "the server's certificate")
    const names = subjectAltNames(parsed)
    if (expected.some((name) => covers(names, name))) return undefined
    const presented = [...names.dnsNames, ...names.uris, ...names.ipAddresses.map((ip) => ip.join('.'))]
    return identityRefusal(
      'server_name',
      `expected a certificate for ${expected.map(shown).join(' or ')}, the server presented one for ` +
        (presented.length === 0 ? 'no name at all' : shown(presented.join(', '))),
    )
  } catch (error) {
    if (isMeshError(error)) return error
    return tlsRefusal('malformed', "the server's certificate cannot be read", error)
  }
}
