import type { ClientCall } from '../../core/call.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { HealthChecker } from './checker.js'
import { immediateFailure } from './session.js'

/** Takes an endpoint out at once when a reply of it carries `x-envoy-immediate-health-check-fail`: it is about to stop. */
export function healthCheckStage(checker: HealthChecker): Interceptor<ClientCall> {
  return async function healthCheck(call, next) {
    const reply = await next(call)
    if (call.endpoint !== undefined && reply.headers.has(immediateFailure)) checker.fail(call.endpoint.id)
    return reply
  }
}
