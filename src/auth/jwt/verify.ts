import type { Clock } from '../../core/clock.js'
import { ConfigError } from '../../core/config-error.js'
import { durationMs } from '../../core/duration.js'
import type { Claims, ServerCall } from '../../core/server-call.js'
import { asymmetricAlgorithms } from '../algorithms.js'
import type { VerificationKey } from '../verification-key.js'
import { type ClaimRules, checkClaims } from './claims.js'
import { InvalidToken } from './invalid-token.js'
import { fixedKeys, type KeySource, keyOfOptions, parseKeySet } from './key-set.js'
import type { KeySets } from './key-sets.js'
import type { JwtOptions } from './options.js'
import { checkType, type ParsedToken } from './profile.js'
import { verifySignature } from './signature.js'

/** What one issuer's tokens must be; its keys count for no other issuer. */
export interface TokenTrust {
  readonly keys: KeySource
  readonly algorithms: ReadonlySet<string>
  readonly requireKid: boolean
  readonly typ: string | undefined
  readonly claims: ClaimRules
}

function vetted<T>(path: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    const message = error instanceof Error ? error.message : 'is no key'
    throw new ConfigError([{ path, message }])
  }
}

function keySource(options: JwtOptions, keySets: KeySets): KeySource {
  const { jwksUri, jwks, keys } = options
  if (jwksUri !== undefined) return keySets.of(options, jwksUri)
  if (jwks !== undefined) return fixedKeys(vetted('jwt.jwks', () => parseKeySet(jwks, options.algorithms)))
  return fixedKeys((keys ?? []).map((key, i): VerificationKey => vetted(`jwt.keys[${i}]`, () => keyOfOptions(key))))
}

/** Compiles native options. Throws `ConfigError` for a weak key, and when nothing says whom to trust. */
export function tokenTrust(options: JwtOptions, keySets: KeySets): TokenTrust {
  const { issuer, audiences } = options
  if (issuer === undefined || audiences === undefined)
    throw new ConfigError([{ path: 'jwt', message: 'needs an issuer and audiences' }])
  const listed = options.algorithms ?? options.keys?.map((key) => key.alg) ?? asymmetricAlgorithms
  return {
    keys: keySource(options, keySets),
    algorithms: new Set(listed),
    requireKid: options.requireKid ?? options.jwksUri !== undefined,
    typ: options.typ,
    claims: {
      issuer,
      audiences: new Set(audiences),
      requireExp: options.requireExp ?? true,
      requireSub: options.requireSub ?? true,
      skewMs: durationMs(options.clockSkew ?? 0),
      maxLifetimeMs: durationMs(options.maxLifetime ?? '24h'),
    },
  }
}

/**
 * Proves a token: algorithm, key, signature, then claims. Rejects with `InvalidToken`, or with a `MeshError` when there
 * are no keys to prove it with.
 */
export async function verifyToken(
  parsed: ParsedToken,
  trust: TokenTrust,
  call: ServerCall,
  clock: Clock,
): Promise<Claims> {
  const { header, claims } = parsed
  if (claims.iss !== trust.claims.issuer) throw new InvalidToken('issuer', 'the issuer is not trusted')
  checkType(header, trust.typ)
  if (!trust.algorithms.has(header.alg)) throw new InvalidToken('alg', 'the algorithm is not accepted')
  if (header.kid === undefined && trust.requireKid) throw new InvalidToken('key', 'the token names no key')
  const keys = await trust.keys.find(header.kid, header.alg, call)
  if (keys.length === 0) throw new InvalidToken('key', 'no such key is known')
  await verifySignature(parsed, keys)
  checkClaims(claims, trust.claims, clock.wallNow())
  return claims
}
