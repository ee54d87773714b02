import type RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js'
import type { Clock } from '../core/clock.js'
import type { RedisAnswer } from './redis-answer.js'
import type { LimitWindow } from './windows.js'

/** Counts the calls of one window, under keys with one hash tag for all windows; those of the calendar name their end. */
export class RedisWindow {
  readonly #window: LimitWindow
  readonly #limiter: RateLimiterRedis
  readonly #prefix: string
  /** Of the calendar window that the last call fell into. */
  #endMs = Number.NaN
  #suffix: string

  constructor(window: LimitWindow, limiter: RateLimiterRedis, prefix: string) {
    this.#window = window
    this.#limiter = limiter
    this.#prefix = `${prefix}:{`
    this.#suffix = `}:${window.label}`
  }

  /** Counts a call; the window has this number among those of the policy. */
  count(key: string, number: number, clock: Clock, answer: RedisAnswer): void {
    const { calendar, label } = this.#window
    const now = this.#window.now(clock)
    const end = this.#window.endAfter(now)
    if (calendar && end !== this.#endMs) {
      this.#endMs = end
      this.#suffix = `}:${label}:${end}`
    }
    // Over the limit it rejects with the count, which is no error of the store.
    const answered = (result: unknown): void => {
      try {
        this.#tell(result, calendar ? end - now : undefined, number, answer)
      } catch (error) {
        answer.failed(error)
      }
    }
    const options = { customDuration: Math.ceil((end - now) / 1_000) }
    this.#limiter.consume(this.#prefix + key + this.#suffix, 1, options).then(answered, answered)
  }

  #tell(result: unknown, leftMs: number | undefined, number: number, answer: RedisAnswer): void {
    if (typeof result === 'object' && result !== null && 'consumedPoints' in result && 'msBeforeNext' in result) {
      const { consumedPoints: consumed, msBeforeNext } = result
      if (typeof consumed === 'number' && Number.isFinite(consumed) && typeof msBeforeNext === 'number') {
        const { label, limit, lengthMs } = this.#window
        const remaining = Math.min(limit, Math.max(0, limit - consumed))
        const usage = { label, limit, lengthMs, remaining, resetMs: leftMs ?? msBeforeNext }
        answer.counted(number, usage, consumed > limit)
        return
      }
    }
    answer.failed(result instanceof Error ? result : new Error('Redis gave no count'))
  }
}
