import type { Classification } from '../../core/classifier.js'
import { Alarm } from '../../core/deadline.js'
import type { SoftTimeout } from '../timeout/index.js'
import type { Admission } from './admission.js'

/**
 * An attempt that nothing ends but an answer: neither its per-try timeout nor a deadline of its call. Where it has
 * outlived that timeout by the time it expires, it counts as failed, once; a success that still comes counts as one.
 */
export class UnboundedAdmission extends Alarm implements Admission {
  readonly #period: Admission
  readonly #admission: Admission
  readonly #soft: SoftTimeout
  #failed = false

  /** Its failure is the period's to count; how slow it is shows when its answer comes. */
  constructor(period: Admission, admission: Admission, soft: SoftTimeout) {
    super()
    this.#period = period
    this.#admission = admission
    this.#soft = soft
  }

  answered(): void {
    this.release()
    this.#admission.answered()
  }

  settle(outcome: Classification): void {
    this.release()
    if (!this.#failed || outcome === 'success') this.#admission.settle(outcome)
  }

  expire(): void {
    if (this.#soft.passed === undefined) return
    this.#failed = true
    this.#period.settle('failure')
  }
}
