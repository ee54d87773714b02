import { createPublicKey, generateKeyPairSync, type JsonWebKey } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { keyOfPem, keyOfSecret, vetPublicKey } from '../../src/auth/verification-key.js'

const primes: readonly bigint[] = Array.from({ length: 170 }, (_, i) => i).flatMap((n) =>
  n > 1 && ![2, 3, 5, 7, 11, 13].some((p) => p < n && n % p === 0) ? [BigInt(n)] : [],
)

function rsaKey(modulus: bigint, exponent = 'AQAB'): JsonWebKey {
  const hex = modulus.toString(16)
  return {
    kty: 'RSA',
    n: Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex').toString('base64url'),
    e: exponent,
  }
}

/** A modulus in the shape of the broken generator: a power of 65537 modulo the product of the small primes. */
function rocaModulus(): bigint {
  const product = primes.reduce((a, b) => a * b, 1n)
  let residue = 1n
  for (let i = 0; i < 12_345; i++) residue = (residue * 65_537n) % product
  const multiples = (1n << 2047n) / product + 1n
  return (multiples + (multiples % 2n)) * product + residue
}

describe('vetPublicKey', () => {
  const { n: goodModulus } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' })
  const jwk: JsonWebKey = { kty: 'RSA', n: goodModulus ?? '', e: 'AQAB' }
  const vet = (key: JsonWebKey) => vetPublicKey(createPublicKey({ key, format: 'jwk' }), undefined, ['RS256', 'ES256'])

  it('keeps the algorithms that fit the key', () => {
    expect([...vet(jwk).algorithms]).toEqual(['RS256'])
  })
  it('J45 refuses an exponent of 1', () => {
    expect(() => vet({ ...jwk, e: 'AQ' })).toThrow('exponent')
  })
  it('J45 refuses a modulus of the broken generator', () => {
    const modulus = rocaModulus()
    expect(modulus.toString(2).length).toBeGreaterThanOrEqual(2048)
    expect(() => vet(rsaKey(modulus))).toThrow('CVE-2017-15361')
  })
  it('refuses a curve that the algorithm does not name', () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' })
    expect(() => vetPublicKey(publicKey, undefined, ['ES256'])).toThrow('does not fit')
  })
})

describe('secrets and PEM', () => {
  it('are refused without repeating them', () => {
    expect(() => keyOfSecret(Buffer.from('hunter2'), undefined, 'HS256')).toThrow(/^needs at least 32 bytes for HS256$/)
    expect(() => keyOfPem('hunter2', undefined, 'RS256')).toThrow(/^is no public key in PEM$/)
  })
  it('J45 need as many bytes as the hash has', () => {
    expect(() => keyOfSecret(Buffer.alloc(63), undefined, 'HS512')).toThrow('64')
    expect(keyOfSecret(Buffer.alloc(64), undefined, 'HS512').algorithms.has('HS512')).toBe(true)
  })
})
