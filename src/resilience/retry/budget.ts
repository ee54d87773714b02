import { type Clock, systemClock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import { validate } from '../../core/schema/index.js'
import { type RetryBudgetOptions, retryBudgetOptions } from './options.js'

/** Steps in which the window moves on. */
const steps = 10

/**
 * Keeps retries from turning a failure into an overload: over the sliding window they are at most `ratio` of the first
 * attempts, plus `minPerSecond` for every second of it. One per service; every operation is O(1).
 *
 * The window errs to the safe side by one step: first attempts count for no longer than it, retries for no shorter.
 *
 * @example
 * const budget = new RetryBudget({ ratio: 0.2 })
 * const send = compose([retry({ attempts: 2 }, { budget }), hedge({ after: '80ms' }, { budget })], undiciTransport())
 */
export class RetryBudget {
  readonly #clock: Clock
  readonly #ratio: number
  readonly #reserve: number
  readonly #stepMs: number
  /** One slot more than the window has steps: retries stay in theirs one step longer than first attempts do. */
  readonly #first = new Array<number>(steps + 1).fill(0)
  readonly #retried = new Array<number>(steps + 1).fill(0)
  #firstInWindow = 0
  #retriedInWindow = 0
  #step: number

  constructor(options: RetryBudgetOptions = {}, clock: Clock = systemClock) {
    const { ratio = 0.1, minPerSecond = 1, window = '10s' } = validate(retryBudgetOptions, options, 'budget')
    const windowMs = durationMs(window)
    this.#clock = clock
    this.#ratio = ratio
    this.#reserve = (minPerSecond * windowMs) / 1_000
    this.#stepMs = windowMs / steps
    this.#step = Math.floor(clock.now() / this.#stepMs)
  }

  /** Counts a first attempt. */
  deposit(): void {
    const slot = this.#advance()
    this.#first[slot] = (this.#first[slot] ?? 0) + 1
    this.#firstInWindow++
  }

  /** Takes leave for one retry; false when the budget is spent. */
  withdraw(): boolean {
    const slot = this.#advance()
    if (this.#retriedInWindow + 1 > this.#firstInWindow * this.#ratio + this.#reserve) return false
    this.#retried[slot] = (this.#retried[slot] ?? 0) + 1
    this.#retriedInWindow++
    return true
  }

  /** Lets what has left the window go; returns the slot of now. */
  #advance(): number {
    const step = Math.floor(this.#clock.now() / this.#stepMs)
    if (step - this.#step > steps + 1) this.#step = step - steps - 1
    while (this.#step < step) {
      this.#step++
      const slot = this.#step % (steps + 1)
      this.#retriedInWindow -= this.#retried[slot] ?? 0
      this.#retried[slot] = 0
      const leaving = (slot + 1) % (steps + 1)
      this.#firstInWindow -= this.#first[leaving] ?? 0
      this.#first[leaving] = 0
    }
    return step % (steps + 1)
  }
}
