import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto'
import { SignJWT } from 'jose'

/** A key pair of an issuer and its public JWK. */
export interface Signer {
  readonly alg: string
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  readonly jwk: JsonWebKey & { kid: string; alg: string; use: string }
}

export function rsaSigner(kid: string, alg = 'RS256', modulusLength = 2048): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength })
  return { alg, kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } }
}

/**
 * By way of PEM: Node 20 holds the lock of an EC key while it writes its JWK, and a garbage collection that meets the
 * job that generated the key waits for the same lock on the same thread, for ever.
 */
export function ecSigner(kid: string): Signer {
  const pem = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const privateKey = createPrivateKey(pem.privateKey)
  const publicKey = createPublicKey(pem.publicKey)
  const alg = 'ES256'
  return { alg, kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } }
}

export function edSigner(kid: string): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const alg = 'EdDSA'
  return { alg, kid, privateKey, publicKey, jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' } }
}

/** 2026-01-01, where the fake clock begins, in seconds. */
export const nowS: number = Date.UTC(2026, 0, 1) / 1000

export const goodClaims: Readonly<Record<string, unknown>> = {
  iss: 'https://id.example',
  aud: 'shop',
  sub: 'alice',
  iat: nowS,
  exp: nowS + 600,
}

/** A token as a proper issuer makes it. */
export function mint(
  signer: Signer,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const payload = Object.fromEntries(Object.entries({ ...goodClaims, ...claims }).filter(([, v]) => v !== undefined))
  return new SignJWT(payload)
    .setProtectedHeader({ alg: signer.alg, kid: signer.kid, ...header })
    .sign(signer.privateKey)
}

export const base64url = (bytes: string | Buffer): string => Buffer.from(bytes).toString('base64url')

/** Signs header and payload as they stand, however malformed. */
export function signRaw(signer: Signer, header: string | Buffer, payload: string | Buffer): string {
  const input = `${base64url(header)}.${base64url(payload)}`
  return `${input}.${base64url(sign('sha256', Buffer.from(input), signer.privateKey))}`
}

/** Signs two parts that are base64url already, or nearly. */
export function signParts(signer: Signer, header: string, payload: string): string {
  const input = `${header}.${payload}`
  return `${input}.${base64url(sign('sha256', Buffer.from(input), signer.privateKey))}`
}

export function hmacToken(secret: string | Buffer, header: object, claims: object): string {
  const input = `${base64url(JSON.stringify(header))}.${base64url(JSON.stringify(claims))}`
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}
