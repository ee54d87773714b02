import type { Claims } from '../../core/server-call.js'
import { InvalidToken } from './invalid-token.js'

/** What the claims of a token must say. */
export interface ClaimRules {
  readonly issuer: string
  readonly audiences: ReadonlySet<string>
  readonly requireExp: boolean
  readonly requireSub: boolean
  /** Tolerance for `exp` and `nbf`. */
  readonly skewMs: number
  /** 0: any. */
  readonly maxLifetimeMs: number
}

/** How far another clock may be ahead when it says when a token was issued; that bounds nothing. */
const issuedAtSkewMs = 60_000

/** A NumericDate in ms; undefined when it is not there. */
function instantMs(value: unknown, name: string): number | undefined {
  if (value === undefined) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value))
    throw new InvalidToken('claims', `"${name}" is not a number`)
  return value * 1000
}

/** Checks `exp`, `nbf` and `iat` against the wall clock, in ms. Throws `InvalidToken`. */
export function checkTimes(claims: Claims, rules: ClaimRules, nowMs: number): void {
  const exp = instantMs(claims.exp, 'exp')
  const nbf = instantMs(claims.nbf, 'nbf')
  const iat = instantMs(claims.iat, 'iat')
  if (exp === undefined) {
    if (rules.requireExp) throw new InvalidToken('claims', 'the token never expires')
  } else {
    if (exp <= nowMs - rules.skewMs) throw new InvalidToken('expired', 'the token has expired')
    if (rules.maxLifetimeMs > 0 && exp - nowMs > rules.maxLifetimeMs + rules.skewMs)
      throw new InvalidToken('lifetime', 'the token lives longer than is accepted')
  }
  if (nbf !== undefined && nbf > nowMs + rules.skewMs)
    throw new InvalidToken('not_yet_valid', 'the token is not valid yet')
  if (iat !== undefined && iat > nowMs + Math.max(rules.skewMs, issuedAtSkewMs))
    throw new InvalidToken('not_yet_valid', 'the token was issued in the future')
}

function checkAudience(claims: Claims, audiences: ReadonlySet<string>): void {
  const { aud } = claims
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud]
  if (!named.every((one) => typeof one === 'string') || !named.some((one) => audiences.has(one)))
    throw new InvalidToken('audience', 'the token is meant for another audience')
}

/** Checks the registered claims of RFC 7519. Throws `InvalidToken`. */
export function checkClaims(claims: Claims, rules: ClaimRules, nowMs: number): void {
  if (claims.iss !== rules.issuer) throw new InvalidToken('issuer', 'the issuer is not trusted')
  checkAudience(claims, rules.audiences)
  const { sub } = claims
  if (sub === undefined ? rules.requireSub : typeof sub !== 'string' || sub === '')
    throw new InvalidToken('subject', 'the token names no subject')
  checkTimes(claims, rules, nowMs)
}
