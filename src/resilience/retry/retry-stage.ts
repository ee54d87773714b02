import type { RequestBody } from '../../core/body.js'
import type { ClientCall } from '../../core/call.js'
import type { Interceptor } from '../../core/interceptor.js'
import { relaying } from '../../core/relay.js'
import type { Reply } from '../../core/reply.js'
import { answered, refuse, tellOf, type Visit, visited } from '../../core/visit.js'
import { forkFor, judgeError, judgeReply } from './attempt.js'
import type { RetryDeps } from './deps.js'
import { FailedAttempt } from './failed-attempt.js'
import type { RetryOptions } from './options.js'
import { envoyOverride, type RetryOverride, retryOverride } from './override.js'
import { compileRetry, type RetryPolicy } from './policy.js'
import { Recording } from './recording.js'
import { Retries } from './retries.js'

type StreamBody = Extract<RequestBody, { kind: 'stream' }>

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
  const observes = options.mode === 'observe'

  /** How a call is retried; undefined for not at all. */
  function policyOf(call: ClientCall): RetryPolicy | undefined {
    const override = overrideOf(call, options)
    if (override === undefined) return configured
    return override === false || override.attempts === 0 ? undefined : overridden(options, override)
  }

  return relaying((next) => {
    const tell = tellOf(next)

    async function afterFailure(
      thrown: unknown,
      policy: RetryPolicy,
      call: ClientCall,
      attempt: ClientCall,
    ): Promise<Reply> {
      return again(judgeError(policy.conditions, call, attempt, thrown), policy, call)
    }

    async function again(failed: FailedAttempt, policy: RetryPolicy, call: ClientCall): Promise<Reply> {
      if (failed.reason === undefined) return failed.outcome()
      const retries = new Retries(policy, deps, call, next)
      return observes ? retries.observe(failed) : retries.run(failed)
    }

    function attempts(policy: RetryPolicy, call: ClientCall, visit: Visit | undefined): Promise<Reply> {
      const attempt = forkFor(call, 0)
      return tell(attempt, undefined).then(
        (reply) => {
          let made: Reply | FailedAttempt
          try {
            made = judgeReply(policy.conditions, call, attempt, reply)
          } catch (error) {
            return refuse(error, visit)
          }
          if (made instanceof FailedAttempt) return visited(visit, again(made, policy, call))
          return answered(visit, made)
        },
        (thrown) => visited(visit, afterFailure(thrown, policy, call, attempt)),
      )
    }

    async function recorded(policy: RetryPolicy, call: ClientCall, body: StreamBody): Promise<Reply> {
      // From here on it is the recording that puts it away.
      body.used = true
      const recording = new Recording(body.stream, policy.replayBytes)
      call.body = recording.body
      try {
        const reply = await attempts(policy, call, undefined)
        recording.commit()
        reply.lease.hold(recording)
        return reply
      } catch (error) {
        recording.release()
        throw error
      }
    }

    return function retryAttempts(call: ClientCall, visit) {
      budget?.deposit()
      let policy: RetryPolicy | undefined
      try {
        policy = policyOf(call)
      } catch (error) {
        return refuse(error, visit)
      }
      if (policy === undefined) return tell(call, visit)
      if (call.body.kind === 'stream' && policy.replayBytes > 0)
        return visited(visit, recorded(policy, call, call.body))
      return attempts(policy, call, visit)
    }
  })
}
