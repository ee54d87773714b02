import { generateKeyPairSync, type KeyObject, randomBytes, type X509Certificate } from 'node:crypto'
import { linkSync, lstatSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { ConfigError } from '../core/config-error.js'
import { certificatesOf, privateKeyOf } from './pem.js'
import { commonName, issueCertificate } from './x509/certificate.js'
import { basicConstraints, keyUsage, keyUsageBit, subjectAltName, subjectKeyIdentifier } from './x509/extensions.js'

/** A private CA, as it lies on this machine. */
export interface DevelopmentCa {
  readonly certificate: X509Certificate
  readonly key: KeyObject
}

/** A year, in ms. */
export const yearMs: number = 365 * 24 * 3_600_000

/** Development certificates are valid since long ago, so that a test's fake clock finds them valid too. */
export const longAgoMs: number = Date.UTC(2020, 0, 1)

/** Where the CAs of this user are kept unless told otherwise. */
export function defaultDirectory(): string {
  const user = process.getuid?.() ?? userInfo().username.replaceAll(/[^\w.-]/g, '_')
  return join(tmpdir(), `sidecarless-dev-${user}`)
}

function refuse(message: string): never {
  throw new ConfigError([{ path: 'identity.dir', message }])
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST'
}

/** The directory, ours alone: in a shared /tmp, one that somebody else prepared would hand them our keys. */
function openDirectory(directory: string): void {
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const found = lstatSync(directory)
  if (!found.isDirectory()) refuse(`is not a directory: ${directory}`)
  const user = process.getuid?.()
  if (user === undefined) return
  if (found.uid !== user) refuse(`belongs to another user: ${directory}`)
  if ((found.mode & 0o077) !== 0) refuse(`is open to other users, chmod 700 it: ${directory}`)
}

function createCa(trustDomain: string): string {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = commonName(`sidecarless development CA of ${trustDomain}`.slice(0, 64))
  const certificate = issueCertificate({
    subject: name,
    publicKey,
    issuer: { name, key: privateKey },
    notBeforeMs: longAgoMs,
    notAfterMs: Date.now() + 10 * yearMs,
    extensions: [
      basicConstraints(true, 0),
      keyUsage([keyUsageBit.keyCertSign, keyUsageBit.crlSign]),
      subjectAltName({ uris: [`spiffe://${trustDomain}`] }),
      subjectKeyIdentifier(publicKey),
    ],
  })
  return certificate.toString() + privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
}

function readCa(file: string): DevelopmentCa {
  try {
    const pem = readFileSync(file, 'utf8')
    const key = privateKeyOf(pem)
    const [certificate] = certificatesOf(pem)
    if (certificate?.checkPrivateKey(key) === true) return { certificate, key }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw error
  }
  return refuse(`holds a damaged development CA; delete ${file}`)
}

/**
 * The CA of a trust domain on this machine, made by whichever process comes first. Certificate and key are one file,
 * linked into place whole: processes that start at once share one CA, and none ever sees half of it.
 */
export function developmentCa(trustDomain: string, directory: string): DevelopmentCa {
  openDirectory(directory)
  const file = join(directory, `ca-${trustDomain}.pem`)
  try {
    return readCa(file)
  } catch (error) {
    if (error instanceof ConfigError) throw error
  }
  const draft = join(directory, `.${randomBytes(8).toString('hex')}.pem`)
  writeFileSync(draft, createCa(trustDomain), { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, file)
  } catch (error) {
    if (!isTaken(error)) throw error
  } finally {
    unlinkSync(draft)
  }
  return readCa(file)
}
