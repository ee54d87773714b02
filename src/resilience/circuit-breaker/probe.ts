import type { ClientCall } from '../../core/call.js'
import type { Classification } from '../../core/classifier.js'
import type { Clock, Timer } from '../../core/clock.js'
import { maxTimerMs } from '../../core/duration.js'
import { deadlineOrigin } from '../timeout/index.js'
import type { Admission } from './admission.js'

/** How long a probe may take, ms of the clock. */
interface ProbeTimes {
  /** When it counts as failed if it has no answer. */
  readonly boundMs: number
  /** From when on it is slow. */
  readonly slowAtMs: number
}

/**
 * A call that tries whether the destination is back. One that hangs counts as failed at its bound - but as a success if
 * a good reply is there and only its body goes on, as a stream's does, and as nothing if the destination is not to blame.
 */
export class Probe implements Admission {
  readonly boundMs: number
  readonly #call: ClientCall
  readonly #slowAtMs: number
  readonly #clock: Clock
  readonly #onSettled: (probe: Probe, outcome: Classification) => void
  readonly #timer: Timer
  #hasAnswer = false
  #slow = false

  constructor(
    call: ClientCall,
    times: ProbeTimes,
    clock: Clock,
    onSettled: (probe: Probe, outcome: Classification) => void,
  ) {
    this.#call = call
    this.boundMs = times.boundMs
    this.#slowAtMs = times.slowAtMs
    this.#clock = clock
    this.#onSettled = onSettled
    const leftMs = Math.min(Math.max(0, times.boundMs - clock.now()), maxTimerMs)
    this.#timer = clock.setTimer(() => this.settle(this.#atBound()), leftMs)
  }

  #atBound(): Classification {
    if (this.#hasAnswer) return 'success'
    return deadlineOrigin(this.#call, this.#call.phase, false) === 'local' ? 'ignored' : 'failure'
  }

  answered(): void {
    this.#hasAnswer = true
    this.#slow = this.#clock.now() >= this.#slowAtMs
  }

  settle(outcome: Classification): void {
    this.end()
    this.#onSettled(this, this.#slow && outcome === 'success' ? 'failure' : outcome)
  }

  /** Its timer goes; what it has to say is of no interest any more. */
  end(): void {
    this.#timer.cancel()
  }
}
