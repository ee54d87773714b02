import pRetry, { type RetryContext } from 'p-retry'
import type { ClientCall } from '../../core/call.js'
import type { MeshErrorCode } from '../../core/error-codes.js'
import type { SuppressedReason } from '../../core/events.js'
import { saysRetriesSpent } from '../../core/hop.js'
import { type Handler, proceed } from '../../core/interceptor.js'
import type { Reply } from '../../core/reply.js'
import { freshConnection, isStale } from '../../core/stale.js'
import { forkFor, judgeError, judgeReply } from './attempt.js'
import { delay } from './delay.js'
import type { RetryDeps, RetryPermits } from './deps.js'
import { FailedAttempt } from './failed-attempt.js'
import type { RetryPolicy } from './policy.js'

/** A wait that a server asks for and nobody bounds ends here: Envoy's `max_interval`. */
const longestDelayMs = 300_000

/** Failures that the same endpoint would only repeat. */
const lasting: ReadonlySet<MeshErrorCode> = new Set<MeshErrorCode>([
  'ERR_MESH_PROTOCOL',
  'ERR_MESH_TLS',
  'ERR_MESH_PEER_IDENTITY',
])

/**
 * The retries of one call whose first attempt has failed. p-retry runs the loop: its first try is the attempt that has
 * been made, its delays are none, and what to wait and whether to go on is decided in `onFailedAttempt`.
 */
export class Retries {
  readonly #policy: RetryPolicy
  readonly #deps: RetryDeps
  readonly #call: ClientCall
  readonly #next: Handler<ClientCall>
  readonly #discarded: FailedAttempt[] = []
  #goOn = false
  #permits: RetryPermits | undefined = undefined

  constructor(policy: RetryPolicy, deps: RetryDeps, call: ClientCall, next: Handler<ClientCall>) {
    this.#policy = policy
    this.#deps = deps
    this.#call = call
    this.#next = next
  }

  /** The outcome of the call: the first that needs no retry, or the last that could get none. */
  async run(first: FailedAttempt): Promise<Reply> {
    try {
      return await pRetry(
        (attemptNumber) => (attemptNumber === 1 ? Promise.reject(first) : this.#retry(attemptNumber)),
        {
          retries: this.#policy.attempts,
          minTimeout: 0,
          onFailedAttempt: (context) => this.#beforeRetry(context),
          shouldRetry: () => this.#goOn,
        },
      )
    } catch (error) {
      if (error instanceof FailedAttempt) return error.outcome()
      throw error
    } finally {
      this.#permits?.release()
      for (const failed of this.#discarded) failed.abandon()
    }
  }

  /** Reports the retry that the first failure would get, and makes none. */
  observe(first: FailedAttempt): Reply {
    const { service } = this.#call
    const delayMs = this.#plan(first, 1, this.#policy.attempts)
    this.#permits?.release()
    const detail = typeof delayMs === 'string' ? `suppressed: ${delayMs}` : first.reason
    const action = typeof delayMs === 'string' ? 'suppress' : 'retry'
    this.#deps.observer.emit('observed', { service, policy: 'retry', action, detail })
    return first.outcome()
  }

  async #retry(attemptNumber: number): Promise<Reply> {
    const attempt = forkFor(this.#call, attemptNumber - 1)
    const made = await proceed(attempt, this.#next).then(
      (reply) => judgeReply(this.#policy.conditions, this.#call, attempt, reply),
      (thrown) => judgeError(this.#policy.conditions, this.#call, attempt, thrown),
    )
    if (made instanceof FailedAttempt) throw made
    return made
  }

  async #beforeRetry({ error, attemptNumber, retriesLeft }: RetryContext): Promise<void> {
    this.#goOn = false
    this.#permits?.release()
    this.#permits = undefined
    if (!(error instanceof FailedAttempt) || error.reason === undefined) return
    const service = this.#call.service
    const delayMs = this.#plan(error, attemptNumber, retriesLeft)
    if (typeof delayMs === 'string') {
      this.#deps.observer.emit('retry-suppressed', { service, reason: delayMs })
      if (delayMs !== 'method' && delayMs !== 'body') this.#call.caller?.noteRetriesSpent()
      return
    }
    this.#deps.observer.emit('retry', { service, attempt: attemptNumber, reason: error.reason, delayMs })
    if (error.error !== undefined && isStale(error.error)) this.#call.values.set(freshConnection, true)
    error.discard(this.#call)
    this.#discarded.push(error)
    await delay(this.#call, delayMs, this.#deps.clock, this.#deps.ending)
    this.#goOn = true
  }

  /** Whether another tier has tried again already, or does. What the callee has not seen is nobody else's concern. */
  #isElsewhere({ free, reply }: FailedAttempt): boolean {
    if (free) return false
    return this.#call.caller?.repeated === true || (reply !== undefined && saysRetriesSpent(reply.headers))
  }

  /** How long to wait before retry `retry`, or why there is none. What costs others is asked for last. */
  #plan(failed: FailedAttempt, retry: number, retriesLeft: number): number | SuppressedReason {
    if (retriesLeft === 0) return 'attempts'
    const refusal = this.#policy.refusal(failed)
    if (refusal !== undefined) return refusal
    if (this.#isElsewhere(failed)) return 'hop'
    const { clock, random, budget, another } = this.#deps
    if (failed.error !== undefined && lasting.has(failed.error.code) && another?.(this.#call) === false)
      return 'endpoint'
    const delayMs = this.#policy.delayMs(failed, retry, clock, random)
    if (delayMs === 'pushback') return delayMs
    if (delayMs > longestDelayMs || clock.now() + delayMs >= this.#call.deadline) return 'deadline'
    const permits = this.#deps.permits?.(this.#call)
    if (permits?.tryAcquire(this.#call) === false) return 'overflow'
    // Whether the callee has seen what went over a kept connection nobody knows: that is counted, though not refused.
    if (!failed.unconnected && budget?.withdraw() === false && !failed.free) {
      permits?.release()
      return 'budget'
    }
    this.#permits = permits
    return delayMs
  }
}
