import type { ClientCall } from '../../core/call.js'
import type { Handler, Interceptor } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import { makeAttempt } from './attempt.js'
import type { RetryDeps } from './deps.js'
import { FailedAttempt } from './failed-attempt.js'
import type { RetryOptions } from './options.js'
import { compileRetry } from './policy.js'
import { Retries } from './retries.js'

/**
 * Makes failed attempts again, each on a fork of the call. A call that succeeds at once costs a fork and a count in
 * the budget; only a failure that is worth another try starts the machinery. Afterwards the call shows its last
 * attempt: `attempt`, `endpoint`, `sent`. Leaves `perTryTimeout` to the attempt-timeout stage further in.
 */
export function retryStage(options: RetryOptions, deps: RetryDeps): Interceptor<ClientCall> {
  const policy = compileRetry(options)
  const { budget } = deps

  return async function retryAttempts(call: ClientCall, next: Handler<ClientCall>): Promise<Reply> {
    budget?.deposit()
    call.tried ??= []
    const made = await makeAttempt(policy.conditions, call, 0, next)
    if (!(made instanceof FailedAttempt)) return made
    if (made.reason === undefined) return made.outcome()
    return new Retries(policy, deps, call, next).run(made)
  }
}
