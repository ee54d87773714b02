import type { Clock } from '../../core/clock.js'

/** Buckets an octave: a percentile is at most a tenth too high. */
const perOctave = 8
/** From an eighth of a millisecond up to 2^17 ms. */
const lowest = -3
const buckets = (17 - lowest) * perOctave

const windowMs = 10_000
/** Samples without which a percentile says nothing. */
const fewest = 50
/** How long an answer is good for. */
const freshMs = 100

function bucketOf(ms: number): number {
  if (ms <= 2 ** lowest) return 0
  return Math.min(Math.floor((Math.log2(ms) - lowest) * perOctave), buckets - 1)
}

/** The bucket that ends there: a percentile is the end of one. */
function bucketUpTo(ms: number): number {
  return bucketOf(ms * (1 - 1e-9))
}

/** How long the attempts of the last 10 to 20 s took to answer, in logarithmic buckets: O(1) to add, no sample is kept. */
export class Latencies {
  readonly #clock: Clock
  #current = new Uint32Array(buckets)
  #before = new Uint32Array(buckets)
  #window: number
  #known: { readonly percentile: number; readonly untilMs: number; readonly ms: number } | undefined = undefined

  constructor(clock: Clock) {
    this.#clock = clock
    this.#window = Math.floor(clock.now() / windowMs)
  }

  /** Adds how long an attempt took. */
  add(ms: number): void {
    this.#count(bucketOf(ms))
  }

  /**
   * Adds an attempt that was given up after a hedge's delay of `ms`: it would have taken longer, and nobody knows how much.
   * It counts up to there, so that the percentile which that delay is neither sinks nor climbs for it.
   */
  addBeyond(ms: number): void {
    this.#count(bucketUpTo(ms))
  }

  #count(bucket: number): void {
    this.#advance()
    this.#current[bucket] = (this.#current[bucket] ?? 0) + 1
  }

  /** The upper end of the bucket that a percentile falls into, ms; `Infinity` while too little is known. */
  percentile(percentile: number): number {
    const now = this.#clock.now()
    const known = this.#known
    if (known !== undefined && known.percentile === percentile && now < known.untilMs) return known.ms
    this.#advance()
    const ms = this.#read(percentile)
    this.#known = { percentile, untilMs: now + freshMs, ms }
    return ms
  }

  #read(percentile: number): number {
    let total = 0
    for (let i = 0; i < buckets; i++) total += this.#at(i)
    if (total < fewest) return Number.POSITIVE_INFINITY
    let left = Math.ceil((total * percentile) / 100)
    let bucket = 0
    while (bucket < buckets - 1 && left > this.#at(bucket)) left -= this.#at(bucket++)
    return 2 ** ((bucket + 1) / perOctave + lowest)
  }

  #at(bucket: number): number {
    return (this.#current[bucket] ?? 0) + (this.#before[bucket] ?? 0)
  }

  #advance(): void {
    const window = Math.floor(this.#clock.now() / windowMs)
    if (window === this.#window) return
    const old = this.#before
    this.#before = window === this.#window + 1 ? this.#current : old.fill(0)
    this.#current = window === this.#window + 1 ? old.fill(0) : this.#current.fill(0)
    this.#window = window
  }
}
