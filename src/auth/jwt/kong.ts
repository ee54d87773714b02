import { type Clock, systemClock } from '../../core/clock.js'
import { ConfigError } from '../../core/config-error.js'
import { durationMs } from '../../core/duration.js'
import { MeshError } from '../../core/errors.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import { LruMap } from '../../core/lru.js'
import { Observer } from '../../core/observer.js'
import type { Claims, ConsumerRef, ServerCall } from '../../core/server-call.js'
import { isSymmetric } from '../algorithms.js'
import type { JwtCredential } from '../consumer-options.js'
import { type ConsumerStore, noConsumers } from '../consumers.js'
import { actAsAnonymous, actAsConsumer, kongUnauthorized } from '../kong.js'
import { cookieValues, queryValues } from '../request-values.js'
import { keyOfPem, keyOfSecret, type VerificationKey } from '../verification-key.js'
import { InvalidToken } from './invalid-token.js'
import { defaultCacheSize, defaultMaxSize, type JwtOptions } from './options.js'
import { type ParsedToken, parseToken } from './profile.js'
import { verifySignature } from './signature.js'
import { tokenHash, type VerifiedToken, verifiedToken } from './token-verifier.js'

/** What Kong's jwt plugin needs from outside. */
export interface KongJwtDeps {
  clock?: Clock | undefined
  observer?: Observer | undefined
  /** Whose credentials count. Default: nobody's, so that every call is refused. */
  consumers?: ConsumerStore | undefined
}

/** A refusal in Kong's words. */
class Refused extends Error {
  readonly reason: string
  readonly told: string | Readonly<Record<string, string>>
  readonly withError: boolean

  constructor(reason: string, told: string | Readonly<Record<string, string>>, withError = true) {
    super(reason)
    this.reason = reason
    this.told = told
    this.withError = withError
  }
}

/** What was proven of a token. */
interface Proven {
  readonly token: VerifiedToken
  readonly consumer: ConsumerRef
}

const ok = Object.freeze({ method: 'jwt', result: 'ok', reason: 'ok' } as const)
const bearer = /[Bb]earer\s+(.+)/

/** The distinct tokens of a call, in query, cookies and headers; of a repeated header, the first. */
function tokensOf(call: ServerCall, options: JwtOptions): ReadonlySet<string> {
  const tokens = new Set<string>()
  const from = options.from
  for (const name of from?.query ?? ['jwt']) for (const value of queryValues(call.path.query, name)) tokens.add(value)
  for (const name of from?.cookies ?? [])
    for (const value of cookieValues(call.headers.get('cookie'), name).slice(0, 1)) tokens.add(value)
  for (const { name } of from?.headers ?? [{ name: 'authorization' }]) {
    const [first] = call.headers.getAll(name.toLowerCase())
    const token = first === undefined ? undefined : bearer.exec(first)?.[1]
    if (token !== undefined) tokens.add(token)
  }
  tokens.delete('')
  return tokens
}

function parse(token: string, maxSize: number): ParsedToken {
  try {
    return parseToken(token, maxSize)
  } catch (error) {
    const reason = error instanceof InvalidToken ? error.reason : 'malformed'
    const told = reason === 'alg' || reason === 'typ' ? `invalid ${reason}` : 'invalid JSON'
    throw new Refused(reason, `Bad token; ${told}`)
  }
}

/**
 * Base64 as nginx decodes it, of either alphabet and up to its padding. What is none opens nothing: Node would pass over
 * foreign characters, and what is left of a plain secret can be guessed.
 */
function decodeSecret(text: string): Buffer | undefined {
  const [digits = ''] = text.split('=', 1)
  return /^[\w+/-]+$/.test(digits) && digits.length % 4 !== 1 ? Buffer.from(digits, 'base64') : undefined
}

function keyOf(credential: JwtCredential, secretIsBase64: boolean): VerificationKey | undefined {
  const algorithm = credential.algorithm ?? 'HS256'
  if (!isSymmetric(algorithm))
    return credential.publicKey === undefined ? undefined : keyOfPem(credential.publicKey, undefined, algorithm)
  if (credential.secret === undefined) return undefined
  const secret = secretIsBase64 ? decodeSecret(credential.secret) : Buffer.from(credential.secret, 'utf8')
  return secret === undefined ? undefined : keyOfSecret(secret, undefined, algorithm, true)
}

function keysOf(consumers: ConsumerStore, secretIsBase64: boolean): ReadonlyMap<JwtCredential, VerificationKey> {
  const keys = new Map<JwtCredential, VerificationKey>()
  for (const credential of consumers.jwtCredentials)
    try {
      const key = keyOf(credential, secretIsBase64)
      if (key !== undefined) keys.set(credential, key)
    } catch (error) {
      const message = error instanceof Error ? error.message : 'is no key'
      throw new ConfigError([{ path: `the jwt credential "${credential.key}"`, message }])
    }
  return keys
}

function checkTimes(claims: Claims, options: JwtOptions, nowS: number): void {
  const { exp, nbf } = claims
  const errors: Record<string, string> = {}
  for (const name of options.verifyClaims ?? [])
    if (typeof claims[name] !== 'number') errors[name] = 'must be a number'
    else if (name === 'exp' && typeof exp === 'number' && exp <= nowS) errors[name] = 'token expired'
    else if (name === 'nbf' && typeof nbf === 'number' && nbf > nowS) errors[name] = 'token not valid yet'
  if (Object.keys(errors).length > 0) throw new Refused('claims', errors)
  const longestMs = durationMs(options.maxLifetime ?? 0)
  if (longestMs > 0 && (typeof exp !== 'number' || (exp - nowS) * 1000 > longestMs))
    throw new Refused('lifetime', { exp: 'exceeds maximum allowed expiration' })
}

/**
 * Kong's jwt plugin: the token's key claim names a consumer's credential, and that verifies it. Its messages, its
 * clock without tolerance, its 401 bodies; the token itself is read as strictly as natively.
 */
export function kongJwt(options: JwtOptions, deps: KongJwtDeps = {}): Interceptor<ServerCall> {
  const clock = deps.clock ?? systemClock
  const observer = deps.observer ?? new Observer()
  const consumers = deps.consumers ?? noConsumers
  const keys = keysOf(consumers, options.secretIsBase64 ?? false)
  // The keys of a policy never change: a new config has policies of its own.
  const known = new LruMap<string, Proven>(options.cacheSize ?? defaultCacheSize)
  const { realm, anonymous } = options
  const claimName = options.keyClaim ?? 'iss'
  const base = realm === undefined ? 'Bearer' : `Bearer realm="${realm}"`
  const withError = realm === undefined ? 'Bearer error="invalid_token"' : `${base}, error="invalid_token"`

  function tokenOf(call: ServerCall): string {
    const tokens = tokensOf(call, options)
    const [token] = tokens
    if (token === undefined) throw new Refused('missing', 'Unauthorized', false)
    if (tokens.size > 1) throw new Refused('ambiguous', 'Multiple tokens provided')
    return token
  }

  function identify(call: ServerCall, { token, consumer }: Proven): void {
    checkTimes(token.claims, options, Math.floor(clock.wallNow() / 1000))
    call.claims = token.claims
    if (token.requestPrincipal !== undefined) call.requestPrincipal = token.requestPrincipal
    actAsConsumer(call, consumer)
  }

  async function prove(call: ServerCall, token: string): Promise<void> {
    const parsed = parse(token, options.maxSize ?? defaultMaxSize)
    const { header, claims } = parsed
    const name = claims[claimName] ?? header.fields[claimName]
    if (name === undefined || name === null) throw new Refused('key', `No mandatory '${claimName}' in claims`)
    if (name === '') throw new Refused('key', `Invalid '${claimName}' in claims`)
    const match = typeof name === 'string' ? consumers.byJwtKey(name) : undefined
    if (match === undefined) throw new Refused('key', `No credentials found for given '${claimName}'`)
    if (header.alg !== (match.credential.algorithm ?? 'HS256')) throw new Refused('alg', 'Invalid algorithm')
    const key = keys.get(match.credential)
    if (key === undefined) throw new Refused('key', 'Invalid key/secret')
    await verifySignature(parsed, [key])
    const proven = { token: verifiedToken(claims), consumer: match.consumer }
    identify(call, proven)
    known.set(tokenHash(token), proven)
  }

  function refusal(call: ServerCall, error: unknown): unknown {
    const refused = error instanceof InvalidToken ? new Refused(error.reason, 'Invalid signature') : error
    if (!(refused instanceof Refused)) return error
    const challenge = refused.withError ? withError : base
    return kongUnauthorized(call, refused.told, challenge, `jwt_${refused.reason}`)
  }

  /** Refuses, or lets the call go on as the anonymous consumer. */
  function failed(call: ServerCall, error: unknown): void {
    const told = refusal(call, error)
    const reason = told instanceof MeshError ? (told.detail ?? 'internal') : 'internal'
    observer.emit('authentication', { method: 'jwt', result: 'refused', reason: reason.replace('jwt_', '') })
    if (anonymous === undefined) throw told
    actAsAnonymous(call, consumers, anonymous)
  }

  async function proveOrFail(call: ServerCall, token: string): Promise<undefined> {
    try {
      await prove(call, token)
    } catch (error) {
      failed(call, error)
      return
    }
    observer.emit('authentication', ok)
  }

  return guarding(function authenticateByKongJwt(call: ServerCall) {
    if (options.runOnPreflight === false && call.method === 'OPTIONS') return undefined
    if (anonymous !== undefined && call.consumer?.credentialId !== undefined) return undefined
    try {
      const token = tokenOf(call)
      const proven = known.get(tokenHash(token))
      if (proven === undefined) return proveOrFail(call, token)
      identify(call, proven)
    } catch (error) {
      failed(call, error)
      return undefined
    }
    observer.emit('authentication', ok)
    return undefined
  })
}
