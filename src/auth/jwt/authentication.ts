import { type Clock, systemClock } from '../../core/clock.js'
import { MeshError } from '../../core/errors.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import type { ServerCall } from '../../core/server-call.js'
import { extractToken, type TokenSources, tokenSources } from './extract.js'
import type { HttpGet } from './http-get.js'
import { InvalidToken } from './invalid-token.js'
import { KeySets } from './key-sets.js'
import type { JwtOptions } from './options.js'
import { TokenVerifier, tokenHash, type VerifiedToken } from './token-verifier.js'
import { tokenTrust } from './trust.js'

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

const accepted = Object.freeze({ method: 'jwt', result: 'ok', reason: 'ok' } as const)

interface Provider {
  readonly sources: TokenSources
  readonly verifier: TokenVerifier
}

function challenge(realm: string | undefined, error: InvalidToken): string {
  const scheme = realm === undefined ? 'Bearer' : `Bearer realm="${realm}"`
  if (error.reason === 'missing') return scheme
  return `${scheme}${realm === undefined ? ' ' : ', '}error="invalid_token", error_description="${error.message.replaceAll('"', "'")}"`
}

/** Makes the verified token the one who asks. */
function identify(call: ServerCall, { claims, requestPrincipal }: VerifiedToken): void {
  call.claims = claims
  if (requestPrincipal === undefined) return
  call.requestPrincipal = requestPrincipal
  call.principal = requestPrincipal
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
    verifier: new TokenVerifier(tokenTrust(options, keySets), clock),
  }))

  /** The token of a call, if it was proven before. One further up that was not is judged first. */
  function recall(call: ServerCall): VerifiedToken | undefined {
    let first: string | undefined
    let hash = ''
    for (const { sources, verifier } of providers) {
      const token = extractToken(call, sources)
      if (token === undefined) continue
      if (first === undefined) {
        first = token
        hash = tokenHash(token)
      } else if (token !== first) return undefined
      const known = verifier.recall(hash)
      if (known !== undefined) return known
    }
    return undefined
  }

  /** The first token that counts; undefined when there is none and none is needed. */
  async function verify(call: ServerCall): Promise<VerifiedToken | undefined> {
    let failure: InvalidToken | undefined
    for (const { sources, verifier } of providers) {
      const token = extractToken(call, sources)
      if (token === undefined) continue
      try {
        return await verifier.verify(token, call)
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

  function accept(call: ServerCall, verified: VerifiedToken): void {
    identify(call, verified)
    observer.emit('authentication', accepted)
  }

  async function prove(call: ServerCall): Promise<undefined> {
    let verified: VerifiedToken | undefined
    try {
      verified = await verify(call)
    } catch (error) {
      throw refusal(error)
    }
    if (verified !== undefined) accept(call, verified)
  }

  return guarding(function authenticateByJwt(call: ServerCall) {
    let known: VerifiedToken | undefined
    try {
      known = recall(call)
    } catch (error) {
      throw refusal(error)
    }
    if (known === undefined) return prove(call)
    accept(call, known)
    return undefined
  })
}
