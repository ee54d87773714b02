import { type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import {
  bitString,
  element,
  explicit,
  integer,
  objectIdentifier,
  sequence,
  tag,
  time,
  utf8String,
} from './der-writer.js'
import { oid } from './oids.js'

/** What goes into a certificate. */
export interface CertificateRequest {
  /** DER of a Name; see `commonName`. */
  readonly subject: Uint8Array
  readonly publicKey: KeyObject
  /** Who signs: its Name and its P-256 private key. */
  readonly issuer: { readonly name: Uint8Array; readonly key: KeyObject }
  /** Wall-clock ms; written to the second. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** Encoded; see `extensions.ts`. */
  readonly extensions: readonly Uint8Array[]
}

/** A Name of one common name, or the empty one. */
export function commonName(text: string): Buffer {
  if (text === '') return sequence()
  return sequence(element(tag.set, sequence(objectIdentifier(oid.commonName), utf8String(text))))
}

function serialNumber(): Buffer {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

/**
 * Writes and signs an X.509 v3 certificate with ECDSA and SHA-256. Synchronous and below a millisecond, so that an
 * identity is there before the first call.
 */
export function issueCertificate(request: CertificateRequest): X509Certificate {
  const algorithm = sequence(objectIdentifier(oid.ecdsaWithSha256))
  const toBeSigned = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    request.issuer.name,
    sequence(time(request.notBeforeMs), time(request.notAfterMs)),
    request.subject,
    request.publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...request.extensions)),
  )
  const signature = sign('sha256', toBeSigned, request.issuer.key)
  return new X509Certificate(sequence(toBeSigned, algorithm, bitString(signature)))
}
