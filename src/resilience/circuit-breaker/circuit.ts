import { EventEmitter } from 'node:events'
import CircuitBreaker from 'opossum'
import type { Clock } from '../../core/clock.js'
import { maxTimerMs } from '../../core/duration.js'

/** Settings of a circuit, every default filled in. */
export interface CircuitSettings {
  readonly errorThresholdPercentage: number
  readonly volumeThreshold: number
  readonly rollingWindowMs: number
  readonly buckets: number
}

const failure = new Error('the call failed')

function fail(): never {
  throw failure
}

function nothing(): void {}

/** opossum keeps the duration of every call of its window, for percentiles too: 8 bytes each that nobody asks for here. */
class NoDurations extends Array<number> {
  override push(): number {
    return 0
  }
}

/**
 * opossum's circuit for one closed period: its rolling window, and its decision to open. It is told outcomes once they
 * are known instead of running the calls, and its half-open state is not used, because with either it
 * - would know no neutral outcome, count calls in flight as successes, and end a call with its promise, while here a
 *   call ends with its reply body;
 * - would be closed by a success from before the outage, and stay half-open for ever on a probe that hangs;
 * - would live on timers of its own, while here the window moves on by the injected clock when an outcome comes, so
 *   that a thousand breakers need no timer at all.
 */
export class Circuit {
  readonly #circuit: CircuitBreaker<[], void>
  readonly #rotation = new EventEmitter()
  readonly #clock: Clock
  readonly #bucketMs: number
  readonly #buckets: number
  #bucket: number
  /** Of the bucket of today, and not in opossum's yet. */
  #successes = 0

  constructor(settings: CircuitSettings, clock: Clock, onOpen: () => void) {
    this.#clock = clock
    this.#buckets = settings.buckets
    this.#bucketMs = settings.rollingWindowMs / settings.buckets
    this.#bucket = Math.floor(clock.now() / this.#bucketMs)
    this.#circuit = new CircuitBreaker(fail, {
      // opossum opens above its threshold, which would make 100 mean never.
      errorThresholdPercentage: settings.errorThresholdPercentage - 1e-9,
      volumeThreshold: settings.volumeThreshold,
      rollingCountTimeout: settings.rollingWindowMs,
      rollingCountBuckets: settings.buckets,
      rotateBucketController: this.#rotation,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      timeout: false,
      // Armed when the circuit opens and cleared by `shutdown` right after; it never fires.
      resetTimeout: maxTimerMs,
    })
    // With a fallback, a failed outcome leaves no rejected promise behind that somebody would have to catch.
    this.#circuit.fallback(nothing)
    this.#circuit.on('open', onOpen)
    this.#keepNoDurations()
  }

  #keepNoDurations(): void {
    const [current] = this.#circuit.status.window
    if (current !== undefined) current.latencyTimes = new NoDurations()
  }

  /**
   * Counts an outcome; may open the circuit. Nothing after `shutdown`. Only failures run through opossum, which decides
   * then; of successes its window hears before that, and before it moves on, for a run costs two promises.
   */
  record(failed: boolean): void {
    if (this.#circuit.isShutdown) return
    const bucket = Math.floor(this.#clock.now() / this.#bucketMs)
    const steps = Math.min(bucket - this.#bucket, this.#buckets)
    this.#bucket = bucket
    if (failed || steps > 0) this.#countSuccesses()
    for (let i = 0; i < steps; i++) this.#rotation.emit('rotate')
    if (steps > 0) this.#keepNoDurations()
    if (failed) void this.#circuit.fire()
    else this.#successes++
  }

  #countSuccesses(): void {
    const [current] = this.#circuit.status.window
    if (current !== undefined) {
      current.fires += this.#successes
      current.successes += this.#successes
    }
    this.#successes = 0
  }

  /** Ends the period: opossum's timer and listeners go. */
  shutdown(): void {
    this.#circuit.shutdown()
  }
}
