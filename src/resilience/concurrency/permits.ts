import type { ClientCall } from '../../core/call.js'

/** A number of things that may be had at once, without waiting for them. */
export class Permits {
  readonly #limit: number
  readonly #onExceed: ((call: ClientCall) => void) | undefined
  #taken = 0

  /** With `onExceed` there are always more: it is told of each beyond the limit. */
  constructor(limit: number, onExceed?: (call: ClientCall) => void) {
    this.#limit = limit
    this.#onExceed = onExceed
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken
  }

  /** Takes one, if there is one. Whoever got it gives it back once. */
  tryAcquire(call: ClientCall): boolean {
    if (this.#taken >= this.#limit) {
      if (this.#onExceed === undefined) return false
      this.#onExceed(call)
    }
    this.#taken++
    return true
  }

  /** Gives one back. */
  release(): void {
    this.#taken--
  }
}
