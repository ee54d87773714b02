import { generateKeyPairSync } from 'node:crypto'
import { ConfigError } from '../core/config-error.js'
import { object, rule, type Schema, text, validate } from '../core/schema/index.js'
import type { Credentials, IdentitySource } from './credentials.js'
import { type DevelopmentCa, defaultDirectory, developmentCa, longAgoMs, yearMs } from './development-ca.js'
import { isSegment, isTrustDomain, parseSpiffeId, type SpiffeId } from './spiffe-id.js'
import { commonName, issueCertificate } from './x509/certificate.js'
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  keyUsageBit,
  subjectAltName,
  subjectKeyIdentifier,
} from './x509/extensions.js'
import { oid } from './x509/oids.js'
import { parseCertificate } from './x509/parsed-certificate.js'

/** Who to be while developing. */
export interface DevelopmentIdentityOptions {
  /** Lower-case name that all services of one development mesh share: `dev.local`. */
  trustDomain: string
  /** Service account; becomes the last part of the SPIFFE ID. */
  service: string
  /** Default `default`. */
  namespace?: string | undefined
  /** Where the CA is kept. Default a directory of this user's alone below the system's temporary one. */
  dir?: string | undefined
}

const developmentIdentityOptions: Schema<DevelopmentIdentityOptions> = rule(
  object<DevelopmentIdentityOptions>(
    {
      trustDomain: text,
      service: text,
      namespace: text,
      dir: text,
    },
    ['trustDomain', 'service'],
  ),
  ({ trustDomain, service, namespace }, report) => {
    if (!isTrustDomain(trustDomain)) report(['trustDomain'], 'must have only a-z, 0-9, ".", "-", "_"')
    if (!isSegment(service)) report(['service'], 'must have only letters, digits, ".", "-", "_"')
    if (namespace !== undefined && !isSegment(namespace))
      report(['namespace'], 'must have only letters, digits, ".", "-", "_"')
  },
)

function issueLeaf(ca: DevelopmentCa, id: SpiffeId, service: string): Credentials {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const certificate = issueCertificate({
    subject: commonName(service.slice(0, 64)),
    publicKey,
    issuer: { name: parseCertificate(ca.certificate.raw).subject, key: ca.key },
    notBeforeMs: longAgoMs,
    notAfterMs: Date.now() + yearMs,
    extensions: [
      basicConstraints(false),
      keyUsage([keyUsageBit.digitalSignature]),
      extendedKeyUsage([oid.serverAuth, oid.clientAuth]),
      subjectAltName({ uris: [id.uri], dnsNames: ['localhost', service], ipAddresses: ['127.0.0.1', '::1'] }),
      subjectKeyIdentifier(publicKey),
      authorityKeyIdentifier(ca.certificate.publicKey),
    ],
  })
  return {
    cert: certificate.toString(),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    bundles: { [id.trustDomain]: ca.certificate.toString() },
  }
}

/**
 * An identity for quick starts and tests: `spiffe://<trustDomain>/ns/<namespace>/sa/<service>`, signed by a private CA
 * that all processes of this user on this machine share. Throws `ConfigError` under `NODE_ENV=production`: whoever can
 * read the CA's file can be any service.
 *
 * @example
 * const mesh = createMesh({ service: 'web', identity: developmentIdentity({ trustDomain: 'dev.local', service: 'web' }) })
 */
export function developmentIdentity(options: DevelopmentIdentityOptions): IdentitySource {
  const { trustDomain, service, namespace, dir } = validate(developmentIdentityOptions, options, 'identity')
  if (process.env.NODE_ENV === 'production')
    throw new ConfigError([
      { path: 'identity', message: 'developmentIdentity is not for NODE_ENV=production; use fileIdentity' },
    ])
  const id = parseSpiffeId(`spiffe://${trustDomain}/ns/${namespace ?? 'default'}/sa/${service}`)
  const credentials = issueLeaf(developmentCa(trustDomain, dir ?? defaultDirectory()), id, service)
  return {
    current: () => credentials,
    subscribe: () => () => {},
  }
}
