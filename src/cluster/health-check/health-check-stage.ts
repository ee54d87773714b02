import type { ClientCall } from '../../core/call.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import type { Visit } from '../../core/visit.js'
import { Endpoint } from '../endpoint.js'
import type { HealthChecker } from './checker.js'
import { immediateFailure } from './session.js'

/** Looks for the header in the replies of one endpoint. */
class ReplyWatch implements Visit {
  readonly checker: HealthChecker
  readonly #id: string

  constructor(checker: HealthChecker, { id }: Endpoint) {
    this.checker = checker
    this.#id = id
  }

  replied(reply: Reply): void {
    if (reply.headers.has(immediateFailure)) this.checker.fail(this.#id)
  }

  failed(): void {}
}

/** Takes an endpoint out at once when a reply of it carries `x-envoy-immediate-health-check-fail`: it is about to stop. */
export function healthCheckStage(checker: HealthChecker): Interceptor<ClientCall> {
  /** One for all calls to an endpoint. */
  function watchOf(endpoint: Endpoint): ReplyWatch {
    const known = endpoint.replyWatch
    if (known instanceof ReplyWatch && known.checker === checker) return known
    const watch = new ReplyWatch(checker, endpoint)
    endpoint.replyWatch = watch
    return watch
  }

  return guarding(function healthCheck({ endpoint }: ClientCall) {
    return endpoint instanceof Endpoint ? watchOf(endpoint) : undefined
  })
}
