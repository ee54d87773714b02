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

/** The time in which a breaker is closed: a window of failures, and one of slow calls where those are watched. */
export class ClosedPeriod implements Admission {
  readonly #errors: Circuit
  readonly #slow: Circuit | undefined
  readonly #slowMs: number
  readonly #clock: Clock

  constructor(settings: BreakerSettings, clock: Clock, onOpen: () => void) {
    this.#clock = clock
    this.#slowMs = settings.slowMs
    this.#errors = new Circuit(settings.errors, clock, onOpen)
    this.#slow = settings.slow === undefined ? undefined : new Circuit(settings.slow, clock, onOpen)
  }

  /** Leave for one call. Where durations do not count, one admission serves all calls. */
  admit(): Admission {
    return this.#slow === undefined ? this : new TimedAdmission(this, this.#clock.now())
  }

  answered(): void {}

  settle(outcome: Classification): void {
    if (outcome !== 'ignored') this.#errors.record(outcome === 'failure')
  }

  /** Counts a call as slow or not. */
  pace(slow: boolean): void {
    this.#slow?.record(slow)
  }

  /** Whether what began then has taken too long by now. */
  isSlow(sinceMs: number): boolean {
    return this.#clock.now() - sinceMs >= this.#slowMs
  }

  /** From now on nothing is counted. */
  end(): void {
    this.#errors.shutdown()
    this.#slow?.shutdown()
  }
}
