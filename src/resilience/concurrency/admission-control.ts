import type { Classification } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import type { Random } from '../../core/random.js'
import type { AdmissionOptions } from './admission-options.js'

const steps = 10

/** Decides who is refused, from the share of successes in a sliding window. Refused calls do not count. */
export class AdmissionControl {
  readonly observes: boolean
  readonly #clock: Clock
  readonly #random: Random
  readonly #threshold: number
  readonly #exponent: number
  readonly #minCalls: number
  readonly #most: number
  readonly #stepMs: number
  readonly #calls = new Array<number>(steps).fill(0)
  readonly #good = new Array<number>(steps).fill(0)
  #callsInWindow = 0
  #goodInWindow = 0
  #step: number

  constructor(options: AdmissionOptions, { clock, random }: { clock: Clock; random: Random }) {
    const windowMs = durationMs(options.window) ?? 30_000
    this.observes = options.mode === 'observe'
    this.#clock = clock
    this.#random = random
    this.#threshold = (options.successThreshold ?? 95) / 100
    this.#exponent = 1 / (options.aggression ?? 1)
    this.#minCalls = ((options.minRequestsPerSecond ?? 0) * windowMs) / 1_000
    this.#most = (options.maxRejectionPercent ?? 80) / 100
    this.#stepMs = windowMs / steps
    this.#step = Math.floor(clock.now() / this.#stepMs)
  }

  /** The chance to be refused at this moment, 0 to 1. */
  get rejection(): number {
    this.#advance()
    const calls = this.#callsInWindow
    const missing = calls - this.#goodInWindow / this.#threshold
    if (missing <= 0 || calls < this.#minCalls) return 0
    return Math.min(this.#most, (missing / (calls + 1)) ** this.#exponent)
  }

  /** Draws whether the next call is refused. */
  rejects(): boolean {
    const chance = this.rejection
    return chance > 0 && this.#random() < chance
  }

  /** Counts how an admitted call went; a 4xx is no failure here (Envoy). */
  record(outcome: Classification): void {
    const slot = this.#advance()
    this.#calls[slot] = (this.#calls[slot] ?? 0) + 1
    this.#callsInWindow++
    if (outcome === 'failure') return
    this.#good[slot] = (this.#good[slot] ?? 0) + 1
    this.#goodInWindow++
  }

  #advance(): number {
    const step = Math.floor(this.#clock.now() / this.#stepMs)
    if (step - this.#step > steps) this.#step = step - steps
    while (this.#step < step) {
      const slot = ++this.#step % steps
      this.#callsInWindow -= this.#calls[slot] ?? 0
      this.#goodInWindow -= this.#good[slot] ?? 0
      this.#calls[slot] = 0
      this.#good[slot] = 0
    }
    return step % steps
  }
}
