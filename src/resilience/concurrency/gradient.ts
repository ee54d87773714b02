import type { Classification } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import { durationMs } from '../../core/duration.js'
import type { Random } from '../../core/random.js'
import type { AdaptiveDeps, AdaptiveLimit } from './adaptive-limit.js'
import type { AdaptiveLimitOptions } from './adaptive-options.js'

/** Samples of one interval that are kept; more say nothing more. */
const mostSamples = 1_024
/** How much later than due the least latency is measured, at most. */
const jitter = 0.15
/** While the least latency is measured, as many intervals without any answer say that calls hang. */
const hangs = 10
/** After so many intervals at the least limit, the least latency is no longer believed. */
const patience = 5

function percentileOf(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0
}

/**
 * Envoy's gradient controller: `limit x g + sqrt(limit x g)`, where g is the least latency over today's, from 0.5 to 2.
 * The least latency is measured now and then with few calls at once, since under load nobody can see it. Calls that hang
 * must not hold those few places for ever, as they do with Envoy: then there are twice as many, and what that takes stays
 * beside the limit until the least latency is measured again.
 */
export class GradientLimit implements AdaptiveLimit {
  readonly #clock: Clock
  readonly #random: Random
  readonly #min: number
  readonly #max: number
  readonly #intervalMs: number
  readonly #percentile: number
  readonly #tolerance: number
  readonly #measureEveryMs: number
  readonly #measureWith: number
  #limit: number
  /** Undefined while it is measured. */
  #leastMs: number | undefined = undefined
  /** Places beside the limit, for calls that hang. */
  #spare = 0
  /** All of those places have been taken, and no call was answered since. */
  #crowdedAtMs: number | undefined = undefined
  #samples: number[] = []
  #updateAtMs = 0
  #measureAtMs = 0
  #intervalsAtMin = 0

  constructor(options: AdaptiveLimitOptions, { clock, random }: AdaptiveDeps) {
    this.#clock = clock
    this.#random = random
    this.#min = options.min ?? 3
    this.#max = options.max ?? 1_000
    this.#intervalMs = durationMs(options.interval) ?? 100
    this.#percentile = options.percentile ?? 50
    this.#tolerance = 1 + (options.buffer ?? 25) / 100
    this.#measureEveryMs = durationMs(options.minLatencyInterval) ?? 60_000
    this.#measureWith = options.minLatencyCalls ?? 50
    this.#limit = this.#min
  }

  get current(): number {
    return Math.min(this.#max, this.#spare + (this.#leastMs === undefined ? this.#min : this.#limit))
  }

  observe(latencyMs: number, outcome: Classification, underWay: number): void {
    this.#crowdedAtMs = undefined
    // While it is measured, calls from before, which ran among many, say nothing of the least latency.
    if (outcome === 'ignored' || (this.#leastMs === undefined && underWay > this.current)) return
    if (this.#samples.length < mostSamples) this.#samples.push(latencyMs)
    const now = this.#clock.now()
    if (this.#leastMs === undefined) {
      if (this.#samples.length >= this.#measureWith) this.#measured(now)
    } else if (now >= this.#measureAtMs) this.#measure()
    else if (now >= this.#updateAtMs) this.#update(this.#leastMs, now)
  }

  widens(underWay: number): boolean {
    if (this.#leastMs !== undefined) return false
    const now = this.#clock.now()
    this.#crowdedAtMs ??= now
    if (now - this.#crowdedAtMs < hangs * this.#intervalMs) return false
    this.#crowdedAtMs = now
    this.#spare += this.current
    return underWay < this.current
  }

  #measure(): void {
    this.#spare = 0
    this.#leastMs = undefined
    this.#samples = []
    this.#intervalsAtMin = 0
  }

  #measured(now: number): void {
    this.#leastMs = percentileOf(this.#samples, this.#percentile)
    this.#samples = []
    this.#updateAtMs = now + this.#intervalMs
    this.#measureAtMs = now + this.#measureEveryMs * (1 + jitter * this.#random())
  }

  #update(leastMs: number, now: number): void {
    const sampleMs = percentileOf(this.#samples, this.#percentile)
    this.#samples = []
    this.#updateAtMs = now + this.#intervalMs
    const ratio = sampleMs === 0 ? 2 : (leastMs * this.#tolerance) / sampleMs
    const next = this.#limit * Math.min(2, Math.max(0.5, ratio))
    this.#limit = Math.min(this.#max, Math.max(this.#min, Math.floor(next + Math.sqrt(next))))
    this.#intervalsAtMin = this.#limit === this.#min ? this.#intervalsAtMin + 1 : 0
    if (this.#intervalsAtMin >= patience) this.#measure()
  }
}
