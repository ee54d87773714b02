import { generateKeyPairSync, type KeyObject, type X509Certificate } from 'node:crypto'
import type { Credentials } from '../../src/identity/credentials.js'
import { commonName, issueCertificate } from '../../src/identity/x509/certificate.js'
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  keyUsageBit,
  subjectAltName,
  subjectKeyIdentifier,
} from '../../src/identity/x509/extensions.js'
import { oid } from '../../src/identity/x509/oids.js'
import { parseCertificate } from '../../src/identity/x509/parsed-certificate.js'

/** A certificate and its key, ready to be handed to TLS. */
export interface Issued {
  readonly certificate: X509Certificate
  readonly cert: string
  readonly key: string
  readonly privateKey: KeyObject
}

/** How a leaf differs from a good X.509-SVID. */
export interface LeafOptions {
  /** The SAN, when there is to be another than the one URI; undefined leaves it out if `san` is given. */
  san?: Uint8Array | undefined
  basicConstraints?: Uint8Array | undefined
  keyUsage?: Uint8Array | null
  extendedKeyUsage?: Uint8Array | null
  keys?: { publicKey: KeyObject; privateKey: KeyObject }
  notBeforeMs?: number
  notAfterMs?: number
  commonName?: string
  more?: Uint8Array[]
}

const hour = 3_600_000

export function ecKeys(namedCurve = 'P-256'): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve })
}

function issued(certificate: X509Certificate, privateKey: KeyObject): Issued {
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  return { certificate, cert: certificate.toString(), key, privateKey }
}

/** A CA for tests; issues good certificates, and bad ones on demand. */
export class Authority {
  readonly certificate: X509Certificate
  readonly pem: string
  readonly #key: KeyObject

  private constructor(certificate: X509Certificate, key: KeyObject) {
    this.certificate = certificate
    this.pem = certificate.toString()
    this.#key = key
  }

  static root(name = 'test root', pathLength?: number): Authority {
    const { publicKey, privateKey } = ecKeys()
    const certificate = issueCertificate({
      subject: commonName(name),
      publicKey,
      issuer: { name: commonName(name), key: privateKey },
      notBeforeMs: Date.now() - 24 * hour,
      notAfterMs: Date.now() + 100 * 24 * hour,
      extensions: [
        basicConstraints(true, pathLength),
        keyUsage([keyUsageBit.keyCertSign, keyUsageBit.crlSign]),
        subjectKeyIdentifier(publicKey),
      ],
    })
    return new Authority(certificate, privateKey)
  }

  get issuer(): { name: Uint8Array; key: KeyObject } {
    return { name: parseCertificate(this.certificate.raw).subject, key: this.#key }
  }

  intermediate(name: string, options: { ca?: boolean; notAfterMs?: number; pathLength?: number } = {}): Authority {
    const { publicKey, privateKey } = ecKeys()
    const certificate = issueCertificate({
      subject: commonName(name),
      publicKey,
      issuer: this.issuer,
      notBeforeMs: Date.now() - 24 * hour,
      notAfterMs: options.notAfterMs ?? Date.now() + 50 * 24 * hour,
      extensions: [
        basicConstraints(options.ca ?? true, options.pathLength),
        keyUsage([keyUsageBit.keyCertSign]),
        subjectKeyIdentifier(publicKey),
        authorityKeyIdentifier(this.certificate.publicKey),
      ],
    })
    return new Authority(certificate, privateKey)
  }

  leaf(spiffeId: string | undefined, options: LeafOptions = {}): Issued {
    const { publicKey, privateKey } = options.keys ?? ecKeys()
    const san = options.san ?? (spiffeId === undefined ? undefined : subjectAltName({ uris: [spiffeId] }))
    const usage = options.keyUsage === undefined ? keyUsage([keyUsageBit.digitalSignature]) : options.keyUsage
    const roles =
      options.extendedKeyUsage === undefined
        ? extendedKeyUsage([oid.serverAuth, oid.clientAuth])
        : options.extendedKeyUsage
    const certificate = issueCertificate({
      subject: commonName(options.commonName ?? 'leaf'),
      publicKey,
      issuer: this.issuer,
      notBeforeMs: options.notBeforeMs ?? Date.now() - hour,
      notAfterMs: options.notAfterMs ?? Date.now() + 24 * hour,
      extensions: [
        options.basicConstraints ?? basicConstraints(false),
        ...(usage === null ? [] : [usage]),
        ...(roles === null ? [] : [roles]),
        ...(san === undefined ? [] : [san]),
        subjectKeyIdentifier(publicKey),
        authorityKeyIdentifier(this.certificate.publicKey),
        ...(options.more ?? []),
      ],
    })
    return issued(certificate, privateKey)
  }

  /** Credentials whose roots are this CA's, for the trust domain of the ID. */
  credentials(spiffeId: string, options: LeafOptions = {}): Credentials {
    const { cert, key } = this.leaf(spiffeId, options)
    return { cert, key, bundles: { [spiffeId.split('/')[2] ?? '']: this.pem } }
  }
}
