import { children, contentOf, type DerElement, DerError, readElement, readObjectIdentifier } from './der-reader.js'
import { tag } from './der-writer.js'
import { oid } from './oids.js'

/** An extension as it stands in a certificate. */
interface ParsedExtension {
  readonly critical: boolean
  readonly value: Buffer
}

/** The parts of a certificate that Node's `X509Certificate` does not tell, or tells as text that can be forged. */
export interface ParsedCertificate {
  /** 3 for v3. */
  readonly version: number
  readonly serialNegative: boolean
  /** Dotted object identifier. */
  readonly signatureAlgorithm: string
  /** DER of the subject's Name. */
  readonly subject: Buffer
  readonly extensions: ReadonlyMap<string, ParsedExtension>
}

function readExtensions(wrapper: DerElement | undefined): Map<string, ParsedExtension> {
  const found = new Map<string, ParsedExtension>()
  if (wrapper === undefined) return found
  const [list] = children(wrapper)
  if (list === undefined) throw new DerError('the extensions are empty')
  for (const one of children(list, tag.sequence)) {
    const parts = children(one, tag.sequence)
    const id = readObjectIdentifier(parts[0])
    if (found.has(id)) throw new DerError(`the extension ${id} is there twice`)
    const critical = parts.length === 3 && contentOf(parts[1], tag.boolean)[0] === 0xff
    found.set(id, { critical, value: contentOf(parts.at(-1), tag.octetString) })
  }
  return found
}

/** Takes a certificate's DER apart. Throws `DerError` for anything that is not strict DER. */
export function parseCertificate(der: Uint8Array): ParsedCertificate {
  const [toBeSigned, algorithm] = children(readElement(der), tag.sequence)
  if (toBeSigned === undefined || algorithm === undefined) throw new DerError('not a certificate')
  const fields = children(toBeSigned, tag.sequence)
  const versioned = fields[0]?.tag === 0xa0
  const versionField = versioned ? fields.shift() : undefined
  const version = versionField === undefined ? 1 : (contentOf(children(versionField)[0], tag.integer)[0] ?? 0) + 1
  const [serial, , , , subject] = fields
  if (subject === undefined) throw new DerError('not a certificate')
  return {
    version,
    serialNegative: (contentOf(serial, tag.integer)[0] ?? 0) >= 0x80,
    signatureAlgorithm: readObjectIdentifier(children(algorithm, tag.sequence)[0]),
    subject: subject.bytes,
    extensions: readExtensions(fields.find((field) => field.tag === 0xa3)),
  }
}

/** The roles of the extended key usage extension; undefined when there is none. */
export function extendedKeyUsages(certificate: ParsedCertificate): string[] | undefined {
  const found = certificate.extensions.get(oid.extendedKeyUsage)
  if (found === undefined) return undefined
  return children(readElement(found.value), tag.sequence).map(readObjectIdentifier)
}

/** Whether the key usage extension sets a bit; undefined when there is no such extension. */
export function keyUsageHas(certificate: ParsedCertificate, bit: number): boolean | undefined {
  const found = certificate.extensions.get(oid.keyUsage)
  if (found === undefined) return undefined
  const bytes = contentOf(readElement(found.value), tag.bitString)
  return ((bytes[1 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7))) !== 0
}

/** Whether basic constraints say that the certificate may sign others. */
export function isAuthority(certificate: ParsedCertificate): boolean {
  const found = certificate.extensions.get(oid.basicConstraints)
  if (found === undefined) return false
  const [first] = children(readElement(found.value), tag.sequence)
  return first?.tag === tag.boolean && first.content[0] !== 0
}
