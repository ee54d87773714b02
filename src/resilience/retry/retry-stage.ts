import type { ClientCall } from '../../core/call.js'
import type { Interceptor } from '../../core/interceptor.js'
import { relaying } from '../../core/relay.js'
import { tellOf } from '../../core/teller.js'
import { tellFailure, tellOutcome } from '../../core/visit.js'
import { Attempts } from './attempts.js'
import type { RetryDeps } from './deps.js'
import type { RetryOptions } from './options.js'
import { envoyOverride, type RetryOverride, retryOverride } from './override.js'
import { compileRetry, type RetryPolicy } from './policy.js'

function overridden(options: RetryOptions, { attempts, on }: RetryOverride): RetryPolicy {
  return compileRetry({ ...options, attempts: attempts ?? options.attempts, on: on ?? options.on })
}

/** Only what a gateway forwards can bring headers of a client along, and only a trusted client's have survived until here. */
function overrideOf(call: ClientCall, options: RetryOptions): RetryOverride | false | undefined {
  return (
    call.peek(retryOverride) ?? (call.clientAddress === undefined ? undefined : envoyOverride(call.headers, options))
  )
}

/**
 * Makes failed attempts again, each on a fork of the call. A call that succeeds at once costs a fork and a count in
 * the budget; only a failure that is worth another try starts the machinery. Afterwards the call shows its last
 * attempt: `attempt`, `endpoint`, `sent`. Leaves `perTryTimeout` to the attempt-timeout stage further in.
 */
export function retryStage(options: RetryOptions, deps: RetryDeps): Interceptor<ClientCall> {
  const configured = compileRetry(options)
  const { budget } = deps

  /** How a call is retried; undefined for not at all. */
  function policyOf(call: ClientCall): RetryPolicy | undefined {
    const override = overrideOf(call, options)
    if (override === undefined) return configured
    return override === false || override.attempts === 0 ? undefined : overridden(options, override)
  }

  return relaying((next) => {
    const tell = tellOf(next)
    const attempts = new Attempts(next, deps, options.mode === 'observe')

    return function retryAttempts(call: ClientCall, visit) {
      budget?.deposit()
      let policy: RetryPolicy | undefined
      try {
        policy = policyOf(call)
      } catch (error) {
        return tellFailure(error, visit)
      }
      if (policy === undefined) return tell(call, visit)
      if (call.body.kind === 'stream' && policy.replayBytes > 0)
        return tellOutcome(attempts.makeRecorded(policy, call, call.body), visit)
      return attempts.make(policy, call, visit)
    }
  })
}
