import { Alarm } from '../core/deadline.js'
import type { ServerCall } from '../core/server-call.js'
import type { RateLimitDecision, WindowUsage } from './decision.js'
import type { RedisAnswer } from './redis-answer.js'

/** What becomes of a call that is decided on; throws to refuse it. */
export type Conclude<T> = (decision: RateLimitDecision, call: ServerCall) => T

/** Who decides when the store has spoken, or has not; each may throw, which refuses the call too. */
export interface Judge {
  counted(key: string, decision: RateLimitDecision): RateLimitDecision
  failed(key: string, error: unknown): RateLimitDecision
  unanswered(key: string): RateLimitDecision
}

/** A call, and who waits for what becomes of it. */
export interface Asker<T> {
  readonly call: ServerCall
  readonly conclude: Conclude<T>
  readonly resolve: (value: T) => void
  readonly reject: (error: unknown) => void
}

/**
 * A call that waits for what Redis says, until time is up: what arrives later is ignored, what has already arrived
 * behind a busy loop is not.
 */
export class Question<T> extends Alarm implements RedisAnswer {
  readonly #judge: Judge
  readonly #key: string
  readonly #windows: WindowUsage[]
  #missing: number
  #refusedBy: WindowUsage | undefined = undefined
  /** Until it is settled: a store that is late holds no call. */
  #waiting: Asker<T> | undefined

  constructor(judge: Judge, key: string, windows: number, waiting: Asker<T>) {
    super()
    this.#judge = judge
    this.#key = key
    this.#windows = new Array<WindowUsage>(windows)
    this.#missing = windows
    this.#waiting = waiting
  }

  counted(number: number, usage: WindowUsage, over: boolean): void {
    this.#windows[number] = usage
    if (over && (this.#refusedBy === undefined || usage.resetMs > this.#refusedBy.resetMs)) this.#refusedBy = usage
    this.#missing -= 1
    if (this.#missing === 0) this.#settle(() => this.#judge.counted(this.#key, this.#decision()))
  }

  /** One window that cannot be counted is enough. */
  failed(failure: unknown): void {
    this.#settle(() => this.#judge.failed(this.#key, failure))
  }

  expire(): void {
    setImmediate(() => this.#settle(() => this.#judge.unanswered(this.#key)))
  }

  #decision(): RateLimitDecision {
    const refusedBy = this.#refusedBy
    return { allowed: refusedBy === undefined, backend: 'redis', windows: this.#windows, refusedBy }
  }

  #settle(decide: () => RateLimitDecision): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    this.#waiting = undefined
    this.release()
    try {
      waiting.resolve(waiting.conclude(decide(), waiting.call))
    } catch (error) {
      waiting.reject(error)
    }
  }
}
