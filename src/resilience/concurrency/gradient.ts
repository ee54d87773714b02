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
/** Where all calls are slow, a measurement needs no more than so many intervals in which none hangs. */
const enough = 100
/** After so many intervals at the least limit, the least latency is no longer believed. */
const patience = 5

function percentileOf(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0
}

/**
 * Envoy's gradient controller: `limit x g + sqrt(limit x g)`, where g is the least latency over today's, from 0.5 to 2.
 * The least latency is measured now and then with few calls at once, since under load nobody can see it. Calls that hang
 * must not hold those few places for ever, as they do with Envoy: then there are twice as many, and those that hang keep
 * places beside the limit until they are answered. What began before such a call was answered may have hung with it, so
 * that it is no measure; where all calls take that long, there are no more places before twice that time has passed.
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
  /** Calls that were under way when there were more places the last time, and are still. */
  #hung = 0
  #widenedAtMs = Number.NEGATIVE_INFINITY
  /** No call is a measure that began before: places were added, or a call that had hung was answered. */
  #calmSinceMs = Number.NEGATIVE_INFINITY
  /** How long no call must have been answered for more places. */
  #widenMs: number
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
    this.#widenMs = hangs * this.#intervalMs
  }

  get current(): number {
    return Math.min(this.#max, this.#spare + (this.#leastMs === undefined ? this.#min : this.#limit))
  }

  get widensAtMs(): number | undefined {
    if (this.#crowdedAtMs === undefined || this.#leastMs !== undefined || this.current >= this.#max) return undefined
    return this.#crowdedAtMs + this.#widenMs
  }

  observe(latencyMs: number, outcome: Classification, underWay: number): void {
    this.#crowdedAtMs = undefined
    const now = this.#clock.now()
    const hung = this.#spare > 0 && this.#shrinks(latencyMs, outcome, now)
    if (outcome === 'ignored') return
    if (this.#leastMs === undefined) this.#sample(latencyMs, underWay, now)
    else if (!hung) this.#follow(this.#leastMs, latencyMs, now)
  }

  widens(underWay: number): boolean {
    if (this.#leastMs !== undefined) return false
    const now = this.#clock.now()
    this.#crowdedAtMs ??= now
    const { current } = this
    if (current >= this.#max || now < this.#crowdedAtMs + this.#widenMs) return false
    this.#crowdedAtMs = now
    this.#widenedAtMs = now
    this.#calmSinceMs = now
    this.#hung = underWay
    this.#spare += current
    return underWay < this.current
  }

  /** Takes back what no call needs that hangs; true for an answer to one of them. */
  #shrinks(latencyMs: number, outcome: Classification, now: number): boolean {
    const hung = this.#hung > 0 && latencyMs > now - this.#widenedAtMs
    if (hung) {
      this.#hung--
      if (outcome !== 'ignored') this.#calmSinceMs = now
      if (outcome === 'success' && !this.#hasQuickSamples()) this.#widenMs = Math.max(this.#widenMs, 2 * latencyMs)
    }
    this.#spare = Math.min(this.#spare, this.#hung)
    return hung
  }

  #sample(latencyMs: number, underWay: number, now: number): void {
    // Calls from before, which ran among many, say nothing of the least latency.
    if (underWay <= this.current && latencyMs <= now - this.#calmSinceMs) this.#samples.push(latencyMs)
    if (this.#samples.length >= this.#measureWith || this.#hasSlowSamples(now)) this.#measured(now)
  }

  /** So many measures as are asked for, by so few calls at once, would take slow calls minutes. */
  #hasSlowSamples(now: number): boolean {
    if (this.#widenMs === hangs * this.#intervalMs || this.#samples.length < this.#min) return false
    return now - this.#calmSinceMs >= enough * this.#intervalMs
  }

  /** Not all calls are slow: those that wait for a place must not wait as long as the slowest take. */
  #hasQuickSamples(): boolean {
    return this.#leastMs === undefined && this.#samples.some((ms) => ms < hangs * this.#intervalMs)
  }

  #follow(leastMs: number, latencyMs: number, now: number): void {
    if (this.#samples.length < mostSamples) this.#samples.push(latencyMs)
    if (now >= this.#measureAtMs) this.#measure()
    else if (now >= this.#updateAtMs) this.#update(leastMs, now)
  }

  #measure(): void {
    this.#calmSinceMs = Number.NEGATIVE_INFINITY
    this.#widenMs = hangs * this.#intervalMs
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
