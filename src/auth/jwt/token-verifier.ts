import { hash } from 'node:crypto'
import type { Clock } from '../../core/clock.js'
import { LruMap } from '../../core/lru.js'
import type { Claims, ServerCall } from '../../core/server-call.js'
import type { VerificationKey } from '../verification-key.js'
import { checkClaims, checkTimes } from './claims.js'
import { InvalidToken } from './invalid-token.js'
import { checkType, type ParsedToken, parseToken } from './profile.js'
import { verifySignature } from './signature.js'
import { deepFrozen } from './strict-json.js'
import type { TokenTrust } from './trust.js'

/** What a proven token says. */
export interface VerifiedToken {
  readonly claims: Claims
  /** `iss/sub`, if it has both. */
  readonly requestPrincipal: string | undefined
}

/** What a token is remembered by: it does not give the token back. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'base64url')
}

/** What the claims of a proven token say; the requests of one token share it, so nobody may change it. */
export function verifiedToken(claims: Claims): VerifiedToken {
  const { iss, sub } = claims
  const named = typeof iss === 'string' && typeof sub === 'string'
  return { claims: deepFrozen(claims), requestPrincipal: named ? `${iss}/${sub}` : undefined }
}

/**
 * Verifies the tokens of one issuer for one policy, and remembers by their hash those that it has proven: a signature
 * is verified once and not with every request. What is remembered holds for this policy only, for the keys that count
 * now - when they change, all of it is forgotten - and while the token's own times hold.
 */
export class TokenVerifier {
  readonly #trust: TokenTrust
  readonly #clock: Clock
  readonly #proven: LruMap<string, VerifiedToken>
  #provenWith: readonly VerificationKey[] | undefined = undefined
  readonly #underWay = new Map<string, Promise<VerificationKey>>()

  constructor(trust: TokenTrust, clock: Clock) {
    this.#trust = trust
    this.#clock = clock
    this.#proven = new LruMap(trust.cacheSize)
  }

  /** A token that was proven before and still counts; undefined when it has to be verified. */
  recall(hash: string): VerifiedToken | undefined {
    if (!this.#keysHold()) return undefined
    const known = this.#proven.get(hash)
    if (known === undefined) return undefined
    try {
      checkTimes(known.claims, this.#trust.claims, this.#clock.wallNow())
    } catch {
      this.#proven.delete(hash)
      return undefined
    }
    return known
  }

  /**
   * Proves a token: algorithm, key, signature, then claims. Rejects with `InvalidToken`, or with a `MeshError` when
   * there are no keys to prove it with.
   */
  async verify(token: string, call: ServerCall): Promise<VerifiedToken> {
    const { keys, algorithms, requireKid, typ, maxSize, claims: rules } = this.#trust
    const parsed = parseToken(token, maxSize)
    const { header, claims } = parsed
    if (claims.iss !== rules.issuer) throw new InvalidToken('issuer', 'the issuer is not trusted')
    checkType(header, typ)
    if (!algorithms.has(header.alg)) throw new InvalidToken('alg', 'the algorithm is not accepted')
    if (header.kid === undefined && requireKid) throw new InvalidToken('key', 'the token names no key')
    const fitting = await keys.find(header.kid, header.alg, call)
    if (fitting.length === 0) throw new InvalidToken('key', this.#whyNone(header.kid))
    const hash = tokenHash(token)
    const key = await this.#signer(hash, parsed, fitting)
    checkClaims(claims, rules, this.#clock.wallNow())
    const verified = verifiedToken(claims)
    // Its key may have gone while the signature was verified.
    if (this.#keysHold() && this.#provenWith?.includes(key) === true) this.#proven.set(hash, verified)
    return verified
  }

  /** Why no key fits a token that names this one. */
  #whyNone(kid: string | undefined): string {
    const { keys } = this.#trust
    const reason = kid === undefined ? undefined : keys.unusable?.(kid)
    if (reason !== undefined) return `the key that the token names is in the key set, but cannot be used: ${reason}`
    const isKnown = kid !== undefined && keys.current()?.some((key) => key.kid === kid) === true
    return isKnown ? 'the key that the token names is for another algorithm' : 'no such key is known'
  }

  /** Whether the keys are those that everything remembered was proven with; forgets all of it if not. */
  #keysHold(): boolean {
    const keys = this.#trust.keys.current()
    if (keys !== this.#provenWith) {
      this.#proven.clear()
      this.#provenWith = keys
    }
    return keys !== undefined
  }

  /** The key that signed a token. Requests that bring it at the same time wait for one verification. */
  async #signer(hash: string, parsed: ParsedToken, keys: readonly VerificationKey[]): Promise<VerificationKey> {
    const shared = this.#underWay.get(hash)
    if (shared !== undefined) {
      const key = await shared.catch(() => undefined)
      if (key !== undefined && keys.includes(key)) return key
    }
    const work = verifySignature(parsed, keys)
    this.#underWay.set(hash, work)
    try {
      return await work
    } finally {
      if (this.#underWay.get(hash) === work) this.#underWay.delete(hash)
    }
  }
}
