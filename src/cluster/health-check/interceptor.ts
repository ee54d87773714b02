import type { ClientCall } from '../../core/call.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { HealthChecker } from './checker.js'
import { immediateFailure } from './session.js'

/** Takes an endpoint out at once when a reply of it carries `x-envoy-immediate-health-check-fail`: it is about to stop. */
export function healthCheckStage(checker: HealthChecker): Interceptor<ClientCall> {
  return guarding(function healthCheck({ endpoint }: ClientCall) {
    if (endpoint === undefined) return undefined
    return {
      replied(reply) {
        if (reply.headers.has(immediateFailure)) checker.fail(endpoint.id)
      },
      failed() {},
    }
  })
}
