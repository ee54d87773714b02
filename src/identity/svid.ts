import type { KeyObject, X509Certificate } from 'node:crypto'
import { identityRefusal, tlsRefusal } from './refusal.js'
import { subjectAltNames } from './san.js'
import { parseSpiffeId, type SpiffeId } from './spiffe-id.js'
import { DerError } from './x509/der-reader.js'
import { keyUsageBit } from './x509/extensions.js'
import { oid, strongSignatures } from './x509/oids.js'
import {
  extendedKeyUsages,
  isAuthority,
  keyUsageHas,
  type ParsedCertificate,
  parseCertificate,
} from './x509/parsed-certificate.js'

/** Largest certificate that is looked into; an honest one has one or two KB. */
const maxCertificateBytes = 32 * 1024
const minRsaBits = 2048
const strongCurves: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])

/** Wall-clock ms of a certificate's ends: valid from `notBeforeMs` up to, and as in OpenSSL not at, `notAfterMs`. */
export function validityOf(certificate: X509Certificate): { notBeforeMs: number; notAfterMs: number } {
  return { notBeforeMs: Date.parse(certificate.validFrom), notAfterMs: Date.parse(certificate.validTo) }
}

/** Refuses a certificate outside its dates. No leeway: that is what short-lived certificates are for. */
export function checkValidity(certificate: X509Certificate, nowMs: number, whose: string): void {
  const { notBeforeMs, notAfterMs } = validityOf(certificate)
  if (!(nowMs < notAfterMs)) throw tlsRefusal('expired', `${whose} expired at ${certificate.validTo}`)
  if (!(nowMs >= notBeforeMs))
    throw tlsRefusal('not_yet_valid', `${whose} is not valid before ${certificate.validFrom}`)
}

/** Takes a certificate apart, refusing what is no X.509 v3 in strict DER. Throws `ERR_MESH_TLS`. */
export function parseStrictly(certificate: X509Certificate, whose: string): ParsedCertificate {
  const der = certificate.raw
  if (der.length > maxCertificateBytes)
    throw tlsRefusal('malformed', `${whose} is larger than ${maxCertificateBytes} bytes`)
  try {
    const parsed = parseCertificate(der)
    if (parsed.version !== 3 || parsed.serialNegative)
      throw tlsRefusal('malformed', `${whose} is not an X.509 v3 certificate with a positive serial number`)
    return parsed
  } catch (error) {
    if (error instanceof DerError) throw tlsRefusal('malformed', `${whose} is malformed: ${error.message}`)
    throw error
  }
}

function isStrongKey(key: KeyObject): boolean {
  const details = key.asymmetricKeyDetails
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss':
      return (details?.modulusLength ?? 0) >= minRsaBits
    case 'ec':
      return strongCurves.has(details?.namedCurve ?? '')
    case 'ed25519':
      return true
    default:
      return false
  }
}

/** Refuses keys and signatures that are within reach of being forged: RSA below 2048 bits, odd curves, SHA-1, DSA. */
export function checkStrength(certificate: X509Certificate, parsed: ParsedCertificate, whose: string): void {
  if (!strongSignatures.has(parsed.signatureAlgorithm))
    throw tlsRefusal('weak', `${whose} is signed with an algorithm that is no longer trusted`)
  if (!isStrongKey(certificate.publicKey))
    throw tlsRefusal('weak', `${whose} has a weak key: RSA needs ${minRsaBits} bits, EC one of P-256, P-384, P-521`)
}

function checkUsage(parsed: ParsedCertificate, whose: string): void {
  const refuse = (message: string): never => {
    throw identityRefusal('not_an_svid', `${whose} is no X.509-SVID: ${message}`)
  }
  if (isAuthority(parsed)) refuse('it is a CA')
  if (keyUsageHas(parsed, keyUsageBit.keyCertSign) === true || keyUsageHas(parsed, keyUsageBit.crlSign) === true)
    refuse('its key may sign certificates or revocation lists')
  if (keyUsageHas(parsed, keyUsageBit.digitalSignature) !== true)
    refuse('its key usage does not include digitalSignature')
  if (parsed.extensions.get(oid.keyUsage)?.critical !== true) refuse('its key usage is not marked critical')
  const roles = extendedKeyUsages(parsed)
  if (roles !== undefined && !(roles.includes(oid.serverAuth) && roles.includes(oid.clientAuth)))
    refuse('its extended key usage does not include both serverAuth and clientAuth')
}

/**
 * Checks that a leaf is an X.509-SVID and returns whose: exactly one URI name, a valid SPIFFE ID; not a CA; a key for
 * signatures only; strong. OpenSSL alone lets most of that pass. Its dates are `checkValidity`'s affair. Throws
 * `ERR_MESH_PEER_IDENTITY` or `ERR_MESH_TLS`; `whose` begins the message.
 */
export function checkSvid(certificate: X509Certificate, whose: string): SpiffeId {
  const parsed = parseStrictly(certificate, whose)
  try {
    const { uris } = subjectAltNames(parsed)
    const [uri] = uris
    if (uri === undefined || uris.length !== 1)
      throw identityRefusal('not_an_svid', `${whose} has ${uris.length} URI names where an X.509-SVID has one`)
    const id = parseSpiffeId(uri)
    checkUsage(parsed, whose)
    checkStrength(certificate, parsed, whose)
    return id
  } catch (error) {
    if (error instanceof DerError) throw tlsRefusal('malformed', `${whose} is malformed: ${error.message}`)
    throw error
  }
}
