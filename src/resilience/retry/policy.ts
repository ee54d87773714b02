import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import type { SuppressedReason } from '../../core/events.js'
import { isIdempotent } from '../../core/method.js'
import type { Random } from '../../core/random.js'
import { isStale } from '../../core/stale.js'
import { backoffMs } from './backoff.js'
import { type Conditions, compileConditions, defaultConditions, isRefusedStream } from './conditions.js'
import type { FailedAttempt } from './failed-attempt.js'
import type { RetryOptions } from './options.js'
import { grpcPushback } from './pushback.js'
import { resetDelay } from './reset-headers.js'
import { retryAfterMs } from './retry-after.js'

/** Retry options, compiled: everything that does not depend on a call. */
export interface RetryPolicy {
  /** Retries after the first attempt. */
  readonly attempts: number
  readonly conditions: Conditions
  /** Bytes of a streamed request body that are kept to be sent again; 0 for none. */
  readonly replayBytes: number
  /** Why a failed attempt must not be sent again, however much it is worth another try. */
  refusal(failed: FailedAttempt): SuppressedReason | undefined
  /** How long to wait before retry `retry`, 1 for the first; or that the callee wants none. */
  delayMs(failed: FailedAttempt, retry: number, clock: Clock, random: Random): number | 'pushback'
}

/** The callee provably knows nothing of the attempt: no byte of it went out, or it was declined unprocessed. */
function provablyUnprocessed(failed: FailedAttempt): boolean {
  return failed.error !== undefined && (!failed.attempt.sent || isRefusedStream(failed.error))
}

/** Whether the body is gone: of a stream that was begun and not kept, nobody has what was read. */
function bodyGone({ body }: ClientCall): boolean {
  return body.kind === 'factory' ? body.gone?.() === true : body.kind === 'stream' && body.used
}

/** Compiles retry options that a schema has accepted. */
export function compileRetry(options: RetryOptions): RetryPolicy {
  const minMs = durationMs(options.backoff?.min) ?? 0
  const baseMs = durationMs(options.backoff?.base) ?? 25
  const maxMs = durationMs(options.backoff?.max) ?? 10 * baseMs
  const keyHeader = (options.idempotencyHeader ?? 'idempotency-key').toLowerCase()
  const unsafe = options.unsafe ?? false
  const resetMs = options.rateLimitedBackoff === undefined ? undefined : resetDelay(options.rateLimitedBackoff)
  const honourRetryAfter = options.retryAfter ?? true

  return {
    attempts: options.attempts ?? 2,
    replayBytes: options.mode === 'observe' ? 0 : (options.replayBuffer ?? 65_536),
    conditions: compileConditions(options.on ?? defaultConditions, options.retriableHeaders),
    refusal(failed) {
      const { attempt } = failed
      if (bodyGone(attempt)) return 'body'
      const mayRepeat = unsafe || isIdempotent(attempt.method) || attempt.headers.has(keyHeader)
      return mayRepeat || provablyUnprocessed(failed) ? undefined : 'method'
    },
    delayMs(failed, retry, clock, random) {
      const { reply, error } = failed
      if (error !== undefined && isStale(error)) return 0
      if (reply !== undefined) {
        const pushback = honourRetryAfter ? grpcPushback(reply) : undefined
        if (pushback === 'refused') return 'pushback'
        const asked =
          pushback ?? resetMs?.(reply, clock, random) ?? (honourRetryAfter ? retryAfterMs(reply, clock) : undefined)
        if (asked !== undefined) return asked
        if (reply.status === 429 && honourRetryAfter && failed.reason !== 'envoy-ratelimited') return 'pushback'
      }
      return minMs + backoffMs(retry, baseMs, maxMs, random)
    },
  }
}
