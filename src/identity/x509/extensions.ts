import { createHash, type KeyObject } from 'node:crypto'
import { isIPv4 } from 'node:net'
import { children, contentOf, readElement } from './der-reader.js'
import { bitString, boolean, implicit, integer, objectIdentifier, octetString, sequence, tag } from './der-writer.js'
import { oid } from './oids.js'

/** Names a certificate is issued to. */
export interface AltNames {
  readonly uris?: readonly string[] | undefined
  readonly dnsNames?: readonly string[] | undefined
  /** Textual IPv4 or IPv6. */
  readonly ipAddresses?: readonly string[] | undefined
}

/** Bits of the key usage extension that are written or read here. */
export const keyUsageBit = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, crlSign: 6 } as const

/** Any extension, encoded: `value` is its DER. */
export function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  return sequence(objectIdentifier(id), ...(critical ? [boolean(true)] : []), octetString(value))
}

/** Whether the certificate may sign others, and how many levels of signers may stand below it. */
export function basicConstraints(ca: boolean, pathLength?: number): Buffer {
  const depth = pathLength === undefined ? [] : [integer(Buffer.from([pathLength]))]
  return extension(oid.basicConstraints, true, sequence(...(ca ? [boolean(true)] : []), ...depth))
}

/** What the key may be used for. Critical unless told otherwise, as SPIFFE demands. */
export function keyUsage(bits: readonly number[], critical = true): Buffer {
  let byte = 0
  for (const bit of bits) byte |= 0x80 >> bit
  const lastBit = Math.clz32(byte & -byte) - 24
  const value = byte === 0 ? bitString(Buffer.alloc(0)) : bitString(Buffer.from([byte]), 7 - lastBit)
  return extension(oid.keyUsage, critical, value)
}

/** The roles a key may play. */
export function extendedKeyUsage(roles: readonly string[]): Buffer {
  return extension(oid.extendedKeyUsage, false, sequence(...roles.map(objectIdentifier)))
}

function ipBytes(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number))
  const [head = '', tail] = text.split('::')
  const groups = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  const all = [...front, ...new Array<number>(8 - front.length - back.length).fill(0), ...back]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

/** Subject alternative names: URI, DNS and IP, in this order. */
export function subjectAltName(names: AltNames, critical = false): Buffer {
  return extension(
    oid.subjectAltName,
    critical,
    sequence(
      ...(names.uris ?? []).map((uri) => implicit(6, Buffer.from(uri, 'latin1'))),
      ...(names.dnsNames ?? []).map((name) => implicit(2, Buffer.from(name, 'latin1'))),
      ...(names.ipAddresses ?? []).map((address) => implicit(7, ipBytes(address))),
    ),
  )
}

/** Identifier of a key: the first 160 bits of the SHA-256 of its bits (RFC 7093, method 1). */
function keyIdentifier(key: KeyObject): Buffer {
  const [, bits] = children(readElement(key.export({ type: 'spki', format: 'der' })))
  return createHash('sha256').update(contentOf(bits, tag.bitString).subarray(1)).digest().subarray(0, 20)
}

/** Identifies the certificate's own key, so that path building can choose between issuers of one name. */
export function subjectKeyIdentifier(key: KeyObject): Buffer {
  return extension(oid.subjectKeyIdentifier, false, octetString(keyIdentifier(key)))
}

/** Identifies the issuer's key. */
export function authorityKeyIdentifier(issuerKey: KeyObject): Buffer {
  return extension(oid.authorityKeyIdentifier, false, sequence(implicit(0, keyIdentifier(issuerKey))))
}
