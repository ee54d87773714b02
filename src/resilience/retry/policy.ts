import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import type { SuppressedReason } from '../../core/events.js'
import { isIdempotent } from '../../core/method.js'
import type { Random } from '../../core/random.js'
import { backoffMs } from './backoff.js'
import { type Conditions, compileConditions, isRefusedStream } from './conditions.js'
import type { FailedAttempt } from './failed-attempt.js'
import type { RetryOptions } from './options.js'
import { retryAfterMs } from './retry-after.js'

/** Retry options, compiled: everything that does not depend on a call. */
export interface RetryPolicy {
  /** Retries after the first attempt. */
  readonly attempts: number
  readonly conditions: Conditions
  /** Why a failed attempt must not be sent again, however much it is worth another try. */
  refusal(failed: FailedAttempt): SuppressedReason | undefined
  /** How long to wait before retry `retry`, 1 for the first. */
  delayMs(failed: FailedAttempt, retry: number, clock: Clock, random: Random): number
}

/** The callee provably knows nothing of the attempt: no byte of it went out, or it was declined unprocessed. */
function provablyUnprocessed(failed: FailedAttempt): boolean {
  return failed.error !== undefined && (!failed.attempt.sent || isRefusedStream(failed.error))
}

/** Whether the body is gone: a stream can be sent once, and once begun nobody has what was read of it. */
function bodyGone(attempt: ClientCall): boolean {
  return attempt.body.kind === 'stream' && attempt.body.used
}

/** Compiles retry options that a schema has accepted. */
export function compileRetry(options: RetryOptions): RetryPolicy {
  const minMs = durationMs(options.backoff?.min) ?? 0
  const baseMs = durationMs(options.backoff?.base) ?? 25
  const maxMs = durationMs(options.backoff?.max) ?? 10 * baseMs
  const keyHeader = (options.idempotencyHeader ?? 'idempotency-key').toLowerCase()
  const unsafe = options.unsafe ?? false
  const honourRetryAfter = options.retryAfter ?? true

  return {
    attempts: options.attempts ?? 2,
    conditions: compileConditions(
      options.on ?? ['connect-failure', 'refused-stream', 'reset-before-request'],
      options.retriableHeaders,
    ),
    refusal(failed) {
      const { attempt } = failed
      if (bodyGone(attempt)) return 'body'
      const mayRepeat = unsafe || isIdempotent(attempt.method) || attempt.headers.has(keyHeader)
      return mayRepeat || provablyUnprocessed(failed) ? undefined : 'method'
    },
    delayMs(failed, retry, clock, random) {
      const asked = honourRetryAfter && failed.reply !== undefined ? retryAfterMs(failed.reply, clock) : undefined
      return asked ?? minMs + backoffMs(retry, baseMs, maxMs, random)
    },
  }
}
