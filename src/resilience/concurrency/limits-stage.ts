import type { ClientCall } from '../../core/call.js'
import { type Interceptor, proceed } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import type { Limiter } from './limiter.js'

/**
 * Lets a call through when the limiter has a permit for it, and holds the permit until the reply body has ended: a
 * call that still reads still uses its connection.
 */
export function limitsStage(limiter: Limiter): Interceptor<ClientCall> {
  function onReply(reply: Reply): Reply {
    reply.lease.hold(limiter)
    return reply
  }

  function onError(error: unknown): never {
    limiter.release()
    throw error
  }

  return function limits(call, next) {
    if (limiter.tryAcquire()) return proceed(call, next).then(onReply, onError)
    return limiter.acquire(call).then(() => proceed(call, next).then(onReply, onError))
  }
}
