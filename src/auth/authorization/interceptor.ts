import { MeshError } from '../../core/errors.js'
import type { MeshEvents } from '../../core/events.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Observer } from '../../core/observer.js'
import { list, validate } from '../../core/schema/index.js'
import type { ServerCall } from '../../core/server-call.js'
import { type AuthorizationDecision, compileAuthorization } from './decision.js'
import { type AuthorizationPolicy, authorizationPolicy } from './options.js'

/** What authorization needs from outside. */
export interface AuthorizationDeps {
  /** Is told every decision. Default: nobody. */
  observer?: Observer | undefined
}

function denied(decision: AuthorizationDecision): MeshError {
  const detail =
    decision.rule === 'none'
      ? 'rbac_access_denied_matched_policy[none]'
      : `rbac_access_denied_matched_policy[${decision.rule}]`
  if (decision.dialect === 'native') return new MeshError('ERR_MESH_FORBIDDEN', 'access denied', { detail })
  const headers = { 'content-type': 'text/plain' }
  return new MeshError('ERR_MESH_FORBIDDEN', 'RBAC: access denied', { detail, headers, body: 'RBAC: access denied' })
}

/**
 * Protects from callers who may not: allow and deny policies over peer, token, method, path, headers and address, with
 * Istio's order and matching. Decides on the canonical path; what could be read in two ways goes against the caller.
 *
 * @example
 * app.use(meshMiddleware([jwt(options), authorize([
 *   { action: 'allow', rules: [{ from: [{ requestPrincipals: ['*'] }], to: [{ methods: ['GET'] }] }] },
 * ])]))
 */
export function authorize(
  policies: readonly AuthorizationPolicy[],
  deps: AuthorizationDeps = {},
): Interceptor<ServerCall> {
  const authorization = compileAuthorization(validate(list(authorizationPolicy), policies, 'authorization'))
  const observer = deps.observer ?? new Observer()
  let last: { readonly decision: AuthorizationDecision; readonly event: MeshEvents['authorization'] } | undefined

  /** The same object for the same decision, of which there are as many as rules. */
  function eventOf(decision: AuthorizationDecision): MeshEvents['authorization'] {
    if (last?.decision !== decision) {
      const event = Object.freeze({ decision: decision.allowed ? 'allow' : 'deny', rule: decision.rule })
      last = { decision, event }
    }
    return last.event
  }

  return guarding(function authorizeCall(call: ServerCall) {
    const decision = authorization.decide(call)
    observer.emit('authorization', eventOf(decision))
    if (!decision.allowed) throw denied(decision)
    return undefined
  })
}
