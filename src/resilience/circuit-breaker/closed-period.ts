import type { ClientCall } from '../../core/call.js'
import type { Classification } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import { deadlineWheel } from '../../core/deadline.js'
import { type SoftTimeout, softTimeoutOf } from '../timeout/index.js'
import type { Admission } from './admission.js'
import { Circuit } from './circuit.js'
import type { BreakerSettings } from './settings.js'
import { UnboundedAdmission } from './unbounded-admission.js'

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

  /** Leave for one call. Where durations do not count, one admission serves all calls but those that might never end. */
  admit(call: ClientCall): Admission {
    const admission = this.#settings.slow === undefined ? this : new TimedAdmission(this, this.#clock.now())
    const soft = call.deadline === Number.POSITIVE_INFINITY ? softTimeoutOf(call) : undefined
    return soft === undefined ? admission : this.#bounded(admission, soft)
  }

  /** As a probe does, it gets a reset timeout, beyond the timeout that it may outlive. */
  #bounded(admission: Admission, soft: SoftTimeout): Admission {
    const unbounded = new UnboundedAdmission(this, admission, soft)
    const now = this.#clock.now()
    deadlineWheel(this.#clock).arm(now + soft.afterMs + this.#settings.resetMs, unbounded, now)
    return unbounded
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
