import { type Duration, parseDuration } from '../../core/duration.js'
import {
  anyText,
  duration,
  flag,
  headerName,
  instance,
  integer,
  list,
  object,
  oneOf,
  type Report,
  rule,
  type Schema,
  text,
} from '../../core/schema/index.js'
import { isSymmetric, type JwtAlgorithm, jwtAlgorithm } from '../algorithms.js'
import { realm } from '../realm.js'

/** A public key as RFC 7517 writes it. */
export type PublicJwk = Readonly<Record<string, unknown>>

/** A key that is known beforehand; it verifies exactly one algorithm. */
export interface JwtKey {
  /** The only algorithm that it verifies. */
  alg: JwtAlgorithm
  /** A token that names a key id must name this one. Default: any. */
  kid?: string | undefined
  /** Shared secret, at least as long as the hash. Either this, `publicKey` or `jwk`. */
  secret?: string | undefined
  /** Public key in PEM. */
  publicKey?: string | undefined
  /** JSON Web Key. */
  jwk?: PublicJwk | undefined
}

/** Where a token is looked for. */
export interface JwtSources {
  /** Header fields. */
  headers?:
    | readonly {
        /** In any case. */
        name: string
        /** What stands before the token, compared without case. Default: `Bearer ` for `authorization`, else none. */
        prefix?: string | undefined
      }[]
    | undefined
  /** Query parameters. */
  query?: readonly string[] | undefined
  /** Cookies by name. */
  cookies?: readonly string[] | undefined
}

/** How a key set is kept fresh. */
export interface JwksRefresh {
  /** Age at which a set is fetched again, in the background. Default `5m`, Envoy's. */
  interval?: Duration | undefined
  /** How long past that age its keys still count while fetching fails. Default `1h`. */
  maxStale?: Duration | undefined
  /** Least time between two fetches for keys that the set does not have. Default `30s`. */
  cooldown?: Duration | undefined
  /** Time for one fetch, body included. Default `5s`. */
  timeout?: Duration | undefined
}

/** Default of `maxSize`. */
export const defaultMaxSize = 8_192
/** Default of `cacheSize`. */
export const defaultCacheSize = 1_000

/** What a token must be to count. Native: a strict profile. `dialect: 'kong'`: the jwt plugin's semantics. */
export interface JwtOptions {
  /** Exactly the token's `iss`; its keys count for no other issuer. Required natively. */
  issuer?: string | undefined
  /** The token's `aud` must have one of these. Required natively. */
  audiences?: readonly string[] | undefined
  /** Key set to fetch: https, or http on loopback. Exactly one of `jwksUri`, `jwks` and `keys` natively. */
  jwksUri?: string | undefined
  /** Key set as it stands. */
  jwks?:
    | {
        /** Public keys; those of another use or algorithm are passed over, but one must count if there are any. */
        readonly keys: readonly PublicJwk[]
      }
    | undefined
  /** Single keys. */
  keys?: readonly JwtKey[] | undefined
  /**
   * Algorithms that count. Default for key sets: RS, PS, ES 256 to 512 and EdDSA. A key that names no `alg` of its own
   * counts for those given here, or else for one: RS256 for RSA, ES256 to ES512 by its curve, EdDSA. Default for `keys`:
   * the keys' own.
   */
  algorithms?: readonly JwtAlgorithm[] | undefined
  /** Default: `Authorization: Bearer` only. */
  from?: JwtSources | undefined
  /** Tolerance for `exp` and `nbf`, up to `60s`. Default 0. */
  clockSkew?: Duration | undefined
  /** Longest time that a token may still live, so that milliseconds taken for seconds are noticed. Default `24h`; 0: any. */
  maxLifetime?: Duration | undefined
  /** Longest token, bytes: 64 to 1,048,576. Default 8,192. */
  maxSize?: number | undefined
  /**
   * Verified tokens that are remembered, by a hash of them, so that a signature is verified once and not with every
   * request: 0 (none) to 1,000,000. A token is forgotten when it expires, when others are used more, and when the keys
   * or this policy change. Default 1,000.
   */
  cacheSize?: number | undefined
  /** The header's `typ`, compared as a media type. Default: `JWT`, `at+jwt` or none. */
  typ?: string | undefined
  /** Default true. */
  requireExp?: boolean | undefined
  /** A token must have a `sub`; without one nobody is asking. Default true. */
  requireSub?: boolean | undefined
  /** A token must name its key. Default true for `jwksUri`, else false. */
  requireKid?: boolean | undefined
  /** No token passes, without an identity; a bad one never does. Default false. */
  optional?: boolean | undefined
  /** `realm` of the challenge. Default none. */
  realm?: string | undefined
  /** How the set behind `jwksUri` is kept fresh. */
  jwksRefresh?: JwksRefresh | undefined
  /** Allow `jwksUri` over plain http from elsewhere than loopback. Default false. */
  allowInsecureJwks?: boolean | undefined
  /** Whose semantics and error bodies. Default `native`. */
  dialect?: 'native' | 'kong' | undefined
  /** Kong: claim, or else header field, that names the consumer's credential. Default `iss`. */
  keyClaim?: string | undefined
  /** Kong: time claims to verify, without tolerance. Default none. */
  verifyClaims?: readonly ('exp' | 'nbf')[] | undefined
  /** Kong: the secrets of `HS*` credentials are base64. Default false. */
  secretIsBase64?: boolean | undefined
  /** Kong: consumer (username or id) for calls that fail to authenticate. Default: they are refused. */
  anonymous?: string | undefined
  /** Kong: whether `OPTIONS` needs a token too. Default true. */
  runOnPreflight?: boolean | undefined
}

/** Not a timer's duration: a token may live longer than a timer can wait. */
const lifetime: Schema<Duration> = instance(
  'a duration: milliseconds, or a string like "30m", "24h"',
  (value) => parseDuration(value) !== undefined,
)

const publicJwk: Schema<PublicJwk> = instance(
  'a JSON Web Key',
  (value) => typeof value === 'object' && value !== null && 'kty' in value,
)

const jwtKey: Schema<JwtKey> = rule(
  object<JwtKey>({ alg: jwtAlgorithm, kid: text, secret: text, publicKey: text, jwk: publicJwk }, ['alg']),
  (value, report) => {
    const forms = [value.secret, value.publicKey, value.jwk].filter((form) => form !== undefined)
    if (forms.length !== 1) report([], 'needs exactly one of secret, publicKey, jwk')
    else if (isSymmetric(value.alg) !== (value.secret !== undefined))
      report([], 'an HS algorithm needs a secret, every other a publicKey or jwk')
  },
)

const loopback = /^http:\/\/(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?(?:[/?]|$)/i

function checkNative(value: JwtOptions, report: Report): void {
  if (value.issuer === undefined) report(['issuer'], 'is required')
  if (value.audiences === undefined)
    report(['audiences'], 'is required: without it a token meant for somebody else would count')
  const sources = [value.jwksUri, value.jwks, value.keys].filter((source) => source !== undefined)
  if (sources.length !== 1) report([], 'needs exactly one of jwksUri, jwks, keys')
  if (value.keys === undefined && value.algorithms?.some(isSymmetric) === true)
    report(['algorithms'], 'a key set holds public keys; HS algorithms need "keys"')
  for (const name of ['keyClaim', 'verifyClaims', 'secretIsBase64', 'anonymous', 'runOnPreflight'] as const)
    if (value[name] !== undefined) report([name], 'needs dialect: "kong"')
}

function checkKong(value: JwtOptions, report: Report): void {
  for (const name of ['jwksUri', 'jwks', 'keys', 'issuer', 'audiences'] as const)
    if (value[name] !== undefined)
      report([name], 'is not part of the kong dialect: the credentials of consumers decide')
}

/** Schema of `JwtOptions`. */
export const jwtOptions: Schema<JwtOptions> = rule(
  object<JwtOptions>({
    issuer: text,
    audiences: list(text, { min: 1 }),
    jwksUri: text,
    jwks: object<{ readonly keys: readonly PublicJwk[] }>({ keys: list(publicJwk) }, ['keys']),
    keys: list(jwtKey, { min: 1 }),
    algorithms: list(jwtAlgorithm, { min: 1 }),
    from: object<JwtSources>({
      headers: list(
        object<{ name: string; prefix?: string | undefined }>({ name: headerName, prefix: anyText }, ['name']),
      ),
      query: list(text),
      cookies: list(text),
    }),
    clockSkew: duration(),
    maxLifetime: lifetime,
    maxSize: integer(64, 1_048_576),
    cacheSize: integer(0, 1_000_000),
    typ: text,
    requireExp: flag,
    requireSub: flag,
    requireKid: flag,
    optional: flag,
    realm,
    jwksRefresh: object<JwksRefresh>({
      interval: duration(1),
      maxStale: duration(),
      cooldown: duration(1),
      timeout: duration(1),
    }),
    allowInsecureJwks: flag,
    dialect: oneOf('native', 'kong'),
    keyClaim: text,
    verifyClaims: list(oneOf('exp', 'nbf')),
    secretIsBase64: flag,
    anonymous: text,
    runOnPreflight: flag,
  }),
  (value, report) => {
    if (value.dialect === 'kong') checkKong(value, report)
    else checkNative(value, report)
    if ((parseDuration(value.clockSkew) ?? 0) > 60_000) report(['clockSkew'], 'must be at most 60s')
    const uri = value.jwksUri
    if (uri !== undefined && !/^https:\/\/[^@/]+(?:\/|$)/.test(uri)) {
      const plain = loopback.test(uri) || (value.allowInsecureJwks === true && /^http:\/\/[^@/]+/.test(uri))
      if (!plain) report(['jwksUri'], 'must be an https URL without credentials, or http on loopback')
    }
  },
)
