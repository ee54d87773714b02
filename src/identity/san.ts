import { tlsRefusal } from './refusal.js'
import { children, readElement } from './x509/der-reader.js'
import { tag } from './x509/der-writer.js'
import { oid } from './x509/oids.js'
import type { ParsedCertificate } from './x509/parsed-certificate.js'

/** Whom a certificate was issued to, from its bytes. */
export interface SubjectAltNames {
  readonly uris: readonly string[]
  readonly dnsNames: readonly string[]
  /** Four or sixteen bytes each. */
  readonly ipAddresses: readonly Buffer[]
}

/** Tags of the kinds of name (RFC 5280, GeneralName). */
const kind = { dns: 0x82, uri: 0x86, ip: 0x87 } as const

function asciiText(content: Buffer): string {
  for (const byte of content)
    if (byte < 0x20 || byte > 0x7e)
      throw tlsRefusal('malformed', 'a subject alternative name has control or non-ASCII characters')
  return content.toString('latin1')
}

/**
 * Reads the subject alternative names from the certificate's ASN.1. Node's `subjectAltName` string is never split: a
 * name may hold what looks like a separator (CVE-2021-44532). A name with a NUL or another control character condemns
 * the certificate.
 */
export function subjectAltNames(certificate: ParsedCertificate): SubjectAltNames {
  const uris: string[] = []
  const dnsNames: string[] = []
  const ipAddresses: Buffer[] = []
  const found = certificate.extensions.get(oid.subjectAltName)
  if (found !== undefined)
    for (const name of children(readElement(found.value), tag.sequence)) {
      if (name.tag === kind.uri) uris.push(asciiText(name.content))
      else if (name.tag === kind.dns) dnsNames.push(asciiText(name.content))
      else if (name.tag === kind.ip) ipAddresses.push(name.content)
    }
  return { uris, dnsNames, ipAddresses }
}
