import type { Classification } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import type { Admission } from './admission.js'
import { Circuit } from './circuit.js'
import type { BreakerSettings } from './settings.js'

/** A call of a closed period that watches durations. */
class TimedAdmission implements Admission {
  readonly #period: ClosedPeriod
  readonly #sinceMs: number
  #slow: boolean | undefined = undefined

  constructor(period: ClosedPeriod, sinceMs: number) {
    this.#period = period
    this.#sinceMs = sinceMs
  }

  answered(): void {
    this.#slow = this.#period.isSlow(this.#sinceMs)
  }

  settle(outcome: Classification): void {
    this.#period.settle(outcome)
    if (outcome !== 'ignored') this.#period.pace(this.#slow ?? this.#period.isSlow(this.#sinceMs))
  }
}

/**
 * The time in which a breaker is closed: a window of failures, and one of slow calls where those are watched. A window
 * begins with its first outcome: it weighs 8 KiB, and a process calls few of the destinations of a large mesh.
 */
export class ClosedPeriod implements Admission {
  readonly #settings: BreakerSettings
  readonly #clock: Clock
  readonly #onOpen: () => void
  #errors: Circuit | undefined = undefined
  #slow: Circuit | undefined = undefined
  #ended = false

  constructor(settings: BreakerSettings, clock: Clock, onOpen: () => void) {
    this.#settings = settings
    this.#clock = clock
    this.#onOpen = onOpen
  }

  /** Leave for one call. Where durations do not count, one admission serves all calls. */
  admit(): Admission {
    return this.#settings.slow === undefined ? this : new TimedAdmission(this, this.#clock.now())
  }

  answered(): void {}

  settle(outcome: Classification): void {
    if (outcome === 'ignored' || this.#ended) return
    this.#errors ??= new Circuit(this.#settings.errors, this.#clock, this.#onOpen)
    this.#errors.record(outcome === 'failure')
  }

  /** Counts a call as slow or not. */
  pace(slow: boolean): void {
    const { slow: settings } = this.#settings
    if (settings === undefined || this.#ended) return
    this.#slow ??= new Circuit(settings, this.#clock, this.#onOpen)
    this.#slow.record(slow)
  }

  /** Whether what began then has taken too long by now. */
  isSlow(sinceMs: number): boolean {
    return this.#clock.now() - sinceMs >= this.#settings.slowMs
  }

  /** From now on nothing is counted. */
  end(): void {
    this.#ended = true
    this.#errors?.shutdown()
    this.#slow?.shutdown()
  }
}
