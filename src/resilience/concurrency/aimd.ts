import type { Classification } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import type { AdaptiveLimit } from './adaptive-limit.js'
import type { AdaptiveLimitOptions } from './adaptive-options.js'

/**
 * Additive increase, multiplicative decrease: one more for every interval in which the limit was needed and nothing went
 * wrong, a share less - once an interval - when a call failed or took too long.
 */
export class AimdLimit implements AdaptiveLimit {
  readonly #clock: Clock
  readonly #min: number
  readonly #max: number
  readonly #intervalMs: number
  readonly #ratio: number
  readonly #latencyMs: number
  #limit: number
  #untilMs: number
  #bad = false
  #most = 0

  constructor(options: AdaptiveLimitOptions, clock: Clock) {
    this.#clock = clock
    this.#min = options.min ?? 3
    this.#max = options.max ?? 1_000
    this.#intervalMs = durationMs(options.interval) ?? 100
    this.#ratio = options.backoffRatio ?? 0.9
    this.#latencyMs = durationMs(options.latency) ?? Number.POSITIVE_INFINITY
    this.#limit = Math.min(Math.max(20, this.#min), this.#max)
    this.#untilMs = clock.now() + this.#intervalMs
  }

  get current(): number {
    return Math.floor(this.#limit)
  }

  observe(latencyMs: number, outcome: Classification, underWay: number): void {
    if (outcome === 'ignored') return
    if (outcome === 'failure' || latencyMs >= this.#latencyMs) this.#backOff()
    if (underWay > this.#most) this.#most = underWay
    const now = this.#clock.now()
    if (now < this.#untilMs) return
    // A limit that nobody came near has proven nothing.
    if (!this.#bad && this.#most * 2 > this.#limit) this.#limit = Math.min(this.#max, this.#limit + 1)
    this.#bad = false
    this.#most = 0
    this.#untilMs = now + this.#intervalMs
  }

  #backOff(): void {
    if (this.#bad) return
    this.#bad = true
    this.#limit = Math.max(this.#min, this.#limit * this.#ratio)
  }
}
