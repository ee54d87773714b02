import type { ClientCall } from '../../core/call.js'
import type { Classification } from '../../core/classifier.js'
import type { Clock, Timer } from '../../core/clock.js'
import { maxTimerMs } from '../../core/duration.js'
import { deadlineOrigin, softTimeoutOf } from '../timeout/index.js'
import type { Admission } from './admission.js'

/** What a probe goes by; times in ms of the clock. */
interface ProbeInit {
  /** Which of its breaker's trials it is part of. */
  readonly trial: number
  /** When it counts as failed if it has no answer. */
  readonly boundMs: number
  /** From when on it is slow. */
  readonly slowAtMs: number
}

/**
 * A call that tries whether the destination is back. One that hangs counts as failed at its bound - but as a success if
 * a good reply is there and only its body goes on, as a stream's does, and as nothing if the destination is not to blame:
 * it is where the attempt has outlived its per-try timeout. Without a deadline the call goes on then, and may still say
 * that it was only slow.
 */
export class Probe implements Admission {
  readonly boundMs: number
  readonly trial: number
  readonly #call: ClientCall
  readonly #slowAtMs: number
  readonly #clock: Clock
  readonly #onSettled: (probe: Probe, outcome: Classification) => void
  readonly #timer: Timer
  #settled = false
  #ended = false
  #hasAnswer = false
  #slow = false

  constructor(
    call: ClientCall,
    init: ProbeInit,
    clock: Clock,
    onSettled: (probe: Probe, outcome: Classification) => void,
  ) {
    this.#call = call
    this.trial = init.trial
    this.boundMs = init.boundMs
    this.#slowAtMs = init.slowAtMs
    this.#clock = clock
    this.#onSettled = onSettled
    const leftMs = Math.min(Math.max(0, init.boundMs - clock.now()), maxTimerMs)
    this.#timer = clock.setTimer(this.#atBound, leftMs)
  }

  /** It has said all that it will: one that is only late has not. */
  get settled(): boolean {
    return this.#settled
  }

  readonly #atBound = (): void => {
    if (this.#hasAnswer) return this.settle('success')
    const outcome = this.#isDestinationsFault() ? 'failure' : 'ignored'
    if (this.#call.deadline !== Number.POSITIVE_INFINITY) return this.settle(outcome)
    this.end()
    this.#onSettled(this, outcome)
  }

  #isDestinationsFault(): boolean {
    if (softTimeoutOf(this.#call)?.passed !== undefined) return true
    return deadlineOrigin(this.#call, this.#call.phase, false) !== 'local'
  }

  /** After its bound nobody waits for the body to end: it may be a stream. */
  answered(): void {
    this.#hasAnswer = true
    this.#slow = this.#clock.now() >= this.#slowAtMs
    if (this.#ended) this.settle('success')
  }

  settle(outcome: Classification): void {
    if (this.#settled) return
    this.#settled = true
    this.end()
    this.#onSettled(this, this.#slow && outcome === 'success' ? 'failure' : outcome)
  }

  /** Its timer goes, and its place. */
  end(): void {
    this.#ended = true
    this.#timer.cancel()
  }
}
