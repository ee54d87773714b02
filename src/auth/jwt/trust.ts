import { ConfigError } from '../../core/config-error.js'
import { durationMs } from '../../core/duration.js'
import { asymmetricAlgorithms } from '../algorithms.js'
import type { VerificationKey } from '../verification-key.js'
import type { ClaimRules } from './claims.js'
import { fixedKeys, type KeySource, keyOfOptions, parseKeySet } from './key-set.js'
import type { KeySets } from './key-sets.js'
import { defaultCacheSize, defaultMaxSize, type JwtOptions } from './options.js'

/** What one issuer's tokens must be; its keys count for no other issuer. */
export interface TokenTrust {
  readonly keys: KeySource
  readonly algorithms: ReadonlySet<string>
  readonly requireKid: boolean
  readonly typ: string | undefined
  /** Longest token, bytes. */
  readonly maxSize: number
  /** Most verified tokens that are remembered. */
  readonly cacheSize: number
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
  const single = (keys ?? []).map((key, i): VerificationKey => vetted(`jwt.keys[${i}]`, () => keyOfOptions(key)))
  return fixedKeys({ keys: single, unusable: new Map() })
}

/** Compiles native options. Throws `ConfigError` for a weak key, a set without a key that counts, and when nothing says whom to trust. */
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
    maxSize: options.maxSize ?? defaultMaxSize,
    cacheSize: options.cacheSize ?? defaultCacheSize,
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
