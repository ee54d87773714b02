import { createPublicKey, type KeyObject } from 'node:crypto'
import type { ServerCall } from '../../core/server-call.js'
import { asymmetricAlgorithms, type JwtAlgorithm } from '../algorithms.js'
import { impliedAlgorithm, keyOfPem, keyOfSecret, type VerificationKey, vetPublicKey } from '../verification-key.js'
import type { JwtKey, PublicJwk } from './options.js'
import { type ListedKey, UnusableKeySet } from './unusable-key-set.js'

/** Where the keys of an issuer come from. */
export interface KeySource {
  /** All keys that count now: the same list until they change; undefined while there is no set that counts. */
  current(): readonly VerificationKey[] | undefined
  /** Keys that may have signed a token; none if there is no such key. Rejects with a `MeshError` when there is no set. */
  find(
    kid: string | undefined,
    alg: string,
    call: ServerCall,
  ): readonly VerificationKey[] | Promise<readonly VerificationKey[]>
  /** Why the set's key of this id does not count; undefined for one that does, or is not there. */
  unusable?(kid: string): string | undefined
}

/** A key set that was read. */
export interface ParsedKeySet {
  readonly keys: readonly VerificationKey[]
  /** What is wrong with the others, by their ids. */
  readonly unusable: ReadonlyMap<string, string>
}

/** Keys that fit a token: the ids agree where both name one, and the key is for that algorithm. */
export function matchingKeys(
  keys: readonly VerificationKey[],
  kid: string | undefined,
  alg: string,
): readonly VerificationKey[] {
  return keys.filter(
    (key) =>
      (kid === undefined || key.kid === undefined || key.kid === kid) && [...key.algorithms].some((one) => one === alg),
  )
}

function memberOf(jwk: PublicJwk, name: string): string | undefined {
  const value = jwk[name]
  return typeof value === 'string' ? value : undefined
}

function publicKeyOf(jwk: PublicJwk): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch {
    throw new Error('the key cannot be read')
  }
}

/** Throws an Error for a key that is for something else than verifying signatures. */
function checkUse({ use, key_ops: operations, alg }: PublicJwk): void {
  if (use !== undefined && use !== 'sig') throw new Error('the key is not for signatures')
  if (Array.isArray(operations) && !operations.includes('verify')) throw new Error('the key is not for verifying')
  if (typeof alg === 'string' && !asymmetricAlgorithms.some((one) => one === alg))
    throw new Error('the algorithm of the key is not accepted')
}

/** The key that a JWK lists, whether it can be used or not; none where that cannot be told, or is not for signatures. */
function listedKeys(jwk: PublicJwk): readonly ListedKey[] {
  try {
    checkUse(jwk)
    return [{ kid: memberOf(jwk, 'kid'), key: publicKeyOf(jwk) }]
  } catch {
    return []
  }
}

/**
 * Vets a public JWK. Without `alg` it counts for the algorithms that were configured, or else for the one that its kind
 * implies: the token's header must not choose. Throws an Error that says what is wrong with it.
 */
function keyOfJwk(jwk: PublicJwk, configured: readonly JwtAlgorithm[] | undefined): VerificationKey {
  checkUse(jwk)
  const own = memberOf(jwk, 'alg')
  const key = publicKeyOf(jwk)
  const kid = memberOf(jwk, 'kid')
  if (own !== undefined) {
    const accepted = (configured ?? asymmetricAlgorithms).filter((one) => one === own)
    if (accepted.length === 0) throw new Error('the algorithm of the key is not accepted')
    return vetPublicKey(key, kid, accepted)
  }
  const implied = impliedAlgorithm(key)
  return vetPublicKey(key, kid, configured ?? (implied === undefined ? [] : [implied]))
}

/**
 * The keys of a key set, and those that do not count: weak ones, and ones for something else. A set with secrets or
 * private keys in it, or two keys of one id, is refused whole. Throws an Error, and `UnusableKeySet` where none counts of
 * those that it has.
 */
export function parseKeySet(value: unknown, configured: readonly JwtAlgorithm[] | undefined): ParsedKeySet {
  const listed: unknown = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined
  if (!Array.isArray(listed)) throw new Error('not a key set')
  const seen = new Set<string>()
  const keys: VerificationKey[] = []
  const jwks: PublicJwk[] = []
  const unusable = new Map<string, string>()
  let firstReason: string | undefined
  for (const entry of listed as readonly unknown[]) {
    if (typeof entry !== 'object' || entry === null || !('kty' in entry)) throw new Error('not a key set')
    const jwk: PublicJwk = { ...entry }
    jwks.push(jwk)
    if (jwk.kty === 'oct' || 'd' in jwk || 'k' in jwk) throw new Error('the key set holds secret or private keys')
    const kid = memberOf(jwk, 'kid')
    if (kid !== undefined && seen.has(kid)) throw new Error('two keys of the set have the same id')
    if (kid !== undefined) seen.add(kid)
    try {
      keys.push(keyOfJwk(jwk, configured))
    } catch (error) {
      // A weak or foreign key among good ones: the good ones count, this one never does.
      const reason = error instanceof Error ? error.message : 'the key cannot be read'
      firstReason ??= reason
      if (kid !== undefined) unusable.set(kid, reason)
    }
  }
  if (keys.length === 0 && firstReason !== undefined) throw new UnusableKeySet(firstReason, jwks.flatMap(listedKeys))
  return { keys, unusable }
}

/** Vets a key that the user wrote down. Throws an Error that says what is wrong and repeats nothing of the key. */
export function keyOfOptions(options: JwtKey): VerificationKey {
  if (options.secret !== undefined) return keyOfSecret(Buffer.from(options.secret), options.kid, options.alg)
  if (options.publicKey !== undefined) return keyOfPem(options.publicKey, options.kid, options.alg)
  const jwk = options.jwk ?? {}
  if (jwk.kty === 'oct' || 'd' in jwk) throw new Error('is a secret or private key; only a public one belongs here')
  const vetted = keyOfJwk(jwk, [options.alg])
  return options.kid === undefined ? vetted : { ...vetted, kid: options.kid }
}

/** Keys that never change. */
export function fixedKeys({ keys, unusable }: ParsedKeySet): KeySource {
  return {
    current: () => keys,
    find: (kid, alg) => matchingKeys(keys, kid, alg),
    unusable: (kid) => unusable.get(kid),
  }
}
