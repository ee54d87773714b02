import type { DeadlineWheel, Expirable } from '../../core/deadline.js'
import type { Releasable } from '../../core/lease.js'
import type { AdaptiveLimit } from './adaptive-limit.js'

/**
 * Wakes those who wait when an adaptive limit may widen: it does so only when it is asked, and where everybody waits
 * nobody asks.
 */
export class Widening implements Expirable {
  readonly #wheel: DeadlineWheel
  readonly #limit: AdaptiveLimit | undefined
  readonly #wake: () => void
  #armed: Releasable | undefined = undefined
  #armedForMs = 0

  constructor(wheel: DeadlineWheel, limit: AdaptiveLimit | undefined, wake: () => void) {
    this.#wheel = wheel
    this.#limit = limit
    this.#wake = wake
  }

  /** Somebody waits. The time may have come nearer since others began to; when it has moved on, it is asked again then. */
  await(): void {
    const atMs = this.#limit?.widensAtMs
    if (atMs === undefined || (this.#armed !== undefined && this.#armedForMs <= atMs)) return
    this.#armed?.release()
    this.#armed = this.#wheel.arm(atMs, this)
    this.#armedForMs = atMs
  }

  /** Nobody waits any more. */
  rest(): void {
    this.#armed?.release()
    this.#armed = undefined
  }

  expire(): void {
    this.#armed = undefined
    this.#wake()
  }
}
