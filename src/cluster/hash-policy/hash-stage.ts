import type { ClientCall } from '../../core/call.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Random } from '../../core/random.js'
import { newCookies } from './cookie.js'
import type { HashPolicy } from './options.js'
import { compileHashPolicies } from './policies.js'

/**
 * Sets `call.hash`, once a logical call, so that its retries land where it did, and before the route changes any header,
 * as in Envoy. A cookie that had to be made goes out with the reply.
 */
export function hashStage(policies: readonly HashPolicy[], random: Random): Interceptor<ClientCall> {
  const hashOf = compileHashPolicies(policies, random)
  if (!policies.some((policy) => 'cookie' in policy && policy.ttl !== undefined))
    return function hash(call, next) {
      call.hash = hashOf(call)
      return next(call)
    }

  return async function hashWithCookie(call, next) {
    call.hash = hashOf(call)
    const reply = await next(call)
    for (const cookie of call.values.get(newCookies) ?? []) reply.headers.append('set-cookie', cookie)
    return reply
  }
}
