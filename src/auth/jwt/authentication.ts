import { type Clock, systemClock } from '../../core/clock.js'
import { MeshError } from '../../core/errors.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import type { Claims, ServerCall } from '../../core/server-call.js'
import { extractToken, type TokenSources, tokenSources } from './extract.js'
import type { HttpGet } from './http-get.js'
import { InvalidToken } from './invalid-token.js'
import { KeySets } from './key-sets.js'
import type { JwtOptions } from './options.js'
import { parseToken } from './profile.js'
import { type TokenTrust, tokenTrust, verifyToken } from './verify.js'

/** What token verification needs from outside. */
export interface JwtDeps {
  /** Default: this machine's. */
  clock?: Clock | undefined
  /** Is told every decision and every fetch of a key set. Default: nobody. */
  observer?: Observer | undefined
  /** How key sets are fetched. Default: node:https, without redirects. */
  get?: HttpGet | undefined
  /**
   * Key sets that outlive this interceptor. Default: its own.
   *
   * @internal
   */
  keySets?: KeySets | undefined
}

interface Provider {
  readonly sources: TokenSources
  readonly trust: TokenTrust
  readonly maxSize: number
}

function challenge(realm: string | undefined, error: InvalidToken): string {
  const scheme = realm === undefined ? 'Bearer' : `Bearer realm="${realm}"`
  if (error.reason === 'missing') return scheme
  return `${scheme}${realm === undefined ? ' ' : ', '}error="invalid_token", error_description="${error.message.replaceAll('"', "'")}"`
}

/** Makes the verified token the one who asks. */
function identify(call: ServerCall, claims: Claims): void {
  call.claims = claims
  const { iss, sub } = claims
  if (typeof iss !== 'string' || typeof sub !== 'string') return
  call.requestPrincipal = `${iss}/${sub}`
  call.principal = call.requestPrincipal
}

/**
 * Verifies tokens of several issuers: the token's own issuer decides which of them judges it. Options are validated
 * already; those of `jwt` are one of them.
 */
export function jwtAuthentication(list: readonly JwtOptions[], deps: JwtDeps = {}): Interceptor<ServerCall> {
  const clock = deps.clock ?? systemClock
  const observer = deps.observer ?? new Observer()
  const keySets = deps.keySets ?? new KeySets({ clock, observer, get: deps.get })
  const optional = list.every((options) => options.optional === true)
  const realm = list.find((options) => options.realm !== undefined)?.realm
  const providers: readonly Provider[] = list.map((options) => ({
    sources: tokenSources(options.from),
    trust: tokenTrust(options, keySets),
    maxSize: options.maxSize ?? 8_192,
  }))

  /** Claims of the first token that counts; undefined when there is none and none is needed. */
  async function verify(call: ServerCall): Promise<Claims | undefined> {
    let failure: InvalidToken | undefined
    for (const { sources, trust, maxSize } of providers) {
      const token = extractToken(call, sources)
      if (token === undefined) continue
      try {
        return await verifyToken(parseToken(token, maxSize), trust, call, clock)
      } catch (error) {
        if (!(error instanceof InvalidToken)) throw error
        if (failure === undefined || failure.reason === 'issuer') failure = error
      }
    }
    if (failure !== undefined) throw failure
    if (optional) return undefined
    throw new InvalidToken('missing', 'the request has no token')
  }

  function refusal(error: unknown): unknown {
    const other = error instanceof MeshError ? (error.detail ?? 'ambiguous') : 'internal'
    const reason = error instanceof InvalidToken ? error.reason : other
    observer.emit('authentication', { method: 'jwt', result: 'refused', reason })
    if (!(error instanceof InvalidToken)) return error
    return new MeshError('ERR_MESH_UNAUTHENTICATED', error.message, {
      detail: `jwt_${reason}`,
      headers: { 'www-authenticate': challenge(realm, error) },
    })
  }

  return async function jwtInterceptor(call, next) {
    let claims: Claims | undefined
    try {
      claims = await verify(call)
    } catch (error) {
      throw refusal(error)
    }
    if (claims !== undefined) {
      identify(call, claims)
      observer.emit('authentication', { method: 'jwt', result: 'ok', reason: 'ok' })
    }
    return next(call)
  }
}
