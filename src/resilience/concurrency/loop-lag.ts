import type { Clock } from '../../core/clock.js'

const everyMs = 20

/**
 * How late this process is: a timer that should come every 20 ms, as long as somebody asks. It tells of this moment, not
 * of a window, so that what was refused for one long pause is let in again right after it.
 */
export class LoopLag {
  readonly #clock: Clock
  #dueAtMs: number | undefined = undefined
  #lastMs = 0
  #asked = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** ms; 0 until it has been asked for once. */
  get now(): number {
    this.#asked = true
    if (this.#dueAtMs === undefined) {
      this.#lastMs = 0
      this.#arm()
      return 0
    }
    return Math.max(this.#lastMs, this.#clock.now() - this.#dueAtMs)
  }

  #arm(): void {
    this.#dueAtMs = this.#clock.now() + everyMs
    this.#clock.setTimer(this.#tick, everyMs)
  }

  readonly #tick = (): void => {
    this.#lastMs = this.#clock.now() - (this.#dueAtMs ?? 0)
    this.#dueAtMs = undefined
    if (!this.#asked) return
    this.#asked = false
    this.#arm()
  }
}
