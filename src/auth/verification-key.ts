import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { isSymmetric, type JwtAlgorithm } from './algorithms.js'

/** A key that may verify signatures, and with which algorithms: never one that the token chooses freely. */
export interface VerificationKey {
  readonly key: KeyObject
  readonly kid: string | undefined
  readonly algorithms: ReadonlySet<JwtAlgorithm>
}

const curves: Readonly<Record<string, JwtAlgorithm>> = { prime256v1: 'ES256', secp384r1: 'ES384', secp521r1: 'ES512' }
const smallPrimes = [
  3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107, 109, 113,
  127, 131, 137, 139, 149, 151, 157, 163, 167,
]
const generator = 65_537

function powersOfGenerator(prime: number): ReadonlySet<number> {
  const powers = new Set<number>()
  for (let power = 1; !powers.has(power); power = (power * generator) % prime) powers.add(power)
  return powers
}

/** Moduli of the ROCA generator (CVE-2017-15361) are a power of 65537 modulo every small prime. */
function isRoca(modulus: bigint): boolean {
  return smallPrimes.every((prime) => powersOfGenerator(prime).has(Number(modulus % BigInt(prime))))
}

function vetRsa(key: KeyObject): void {
  const { modulusLength, publicExponent } = key.asymmetricKeyDetails ?? {}
  if ((modulusLength ?? 0) < 2048) throw new Error('an RSA key needs at least 2048 bits')
  if ((publicExponent ?? 0n) < 65_537n) throw new Error('the public exponent of an RSA key is at least 65537')
  const { n } = key.export({ format: 'jwk' })
  if (n !== undefined && isRoca(BigInt(`0x${Buffer.from(n, 'base64url').toString('hex')}`)))
    throw new Error('the RSA key comes from a broken generator (CVE-2017-15361)')
}

function fits(key: KeyObject, algorithm: JwtAlgorithm): boolean {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return algorithm.startsWith('RS') || algorithm.startsWith('PS')
    case 'ec':
      return curves[key.asymmetricKeyDetails?.namedCurve ?? ''] === algorithm
    case 'ed25519':
      return algorithm === 'EdDSA'
    default:
      return false
  }
}

/**
 * The one algorithm that a key is for which does not say: that of its curve, and for RSA the one that every issuer has to
 * offer (OpenID Connect Core, 15.1). Undefined for a key that signs nothing.
 */
export function impliedAlgorithm(key: KeyObject): JwtAlgorithm | undefined {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return 'RS256'
    case 'ec':
      return curves[key.asymmetricKeyDetails?.namedCurve ?? '']
    case 'ed25519':
      return 'EdDSA'
    default:
      return undefined
  }
}

/** Vets a public key for some algorithms and keeps those that fit it. Throws an Error that says what is weak. */
export function vetPublicKey(
  key: KeyObject,
  kid: string | undefined,
  algorithms: Iterable<JwtAlgorithm>,
): VerificationKey {
  if (key.asymmetricKeyType === 'rsa') vetRsa(key)
  const fitting = new Set([...algorithms].filter((algorithm) => fits(key, algorithm)))
  if (fitting.size === 0) throw new Error('the key does not fit the algorithm')
  return { key, kid, algorithms: fitting }
}

/** A public key in PEM. Throws an Error that does not repeat the text. */
export function keyOfPem(pem: string, kid: string | undefined, algorithm: JwtAlgorithm): VerificationKey {
  if (pem.includes('PRIVATE KEY')) throw new Error('is a private key; only the public one belongs here')
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch {
    throw new Error('is no public key in PEM')
  }
  return vetPublicKey(key, kid, [algorithm])
}

/** A shared secret. Natively as long as the hash (RFC 7518, 3.2); Kong takes any. */
export function keyOfSecret(
  secret: Buffer,
  kid: string | undefined,
  algorithm: JwtAlgorithm,
  anyLength = false,
): VerificationKey {
  const least = anyLength ? 1 : Number(algorithm.slice(2)) / 8
  if (!isSymmetric(algorithm)) throw new Error('a secret fits HS algorithms only')
  if (secret.length < least) throw new Error(`needs at least ${least} bytes for ${algorithm}`)
  return { key: createSecretKey(secret), kid, algorithms: new Set([algorithm]) }
}
