import type { ClientCall } from '../../core/call.js'
import { MeshError } from '../../core/errors.js'
import type { Reply } from '../../core/reply.js'
import type { Conditions, RetryToken } from './conditions.js'
import { FailedAttempt } from './failed-attempt.js'

/** What the logical call shows of its latest attempt: to telemetry around it, and to a retry further out. */
function noteAttempt(call: ClientCall, attempt: ClientCall): void {
  call.attempt = attempt.attempt
  call.endpoint = attempt.endpoint
  call.tried ??= attempt.tried
  if (attempt.sent) call.sent = true
}

/** Envoy's words for a reset, and for one after a retry. */
const firstReset = 'before headers. reset reason:'
const latestReset = 'before headers. retried and the latest reset reason:'

function reasonOf(conditions: Conditions, attempt: ClientCall, thrown: unknown): RetryToken | undefined {
  if (!(thrown instanceof MeshError)) return undefined
  thrown.attempts = attempt.attempt + 1
  if (attempt.attempt > 0) thrown.body = thrown.body?.replace(firstReset, latestReset)
  return conditions.ofError(thrown, attempt)
}

/** Begins attempt `index` on a fork of the call. */
export function forkFor(call: ClientCall, index: number): ClientCall {
  const attempt = call.fork()
  attempt.attempt = index
  return attempt
}

/** What a reply is: one for the caller, or a failure that is worth another try. */
export function judgeReply(
  conditions: Conditions,
  call: ClientCall,
  attempt: ClientCall,
  reply: Reply,
): Reply | FailedAttempt {
  noteAttempt(call, attempt)
  const reason = conditions.ofReply(reply, attempt)
  if (reason === undefined || call.cancelled) return reply
  call.noteTried()
  return new FailedAttempt(attempt, reason, reply, undefined)
}

/** What an error is: a failure that is worth another try if it has a reason and the call still lives. */
export function judgeError(
  conditions: Conditions,
  call: ClientCall,
  attempt: ClientCall,
  thrown: unknown,
): FailedAttempt {
  noteAttempt(call, attempt)
  call.noteTried()
  const reason = reasonOf(conditions, attempt, thrown)
  return new FailedAttempt(attempt, call.cancelled ? undefined : reason, undefined, thrown)
}
