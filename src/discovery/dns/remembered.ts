import type { Clock } from '../../core/clock.js'

/** How long an answer serves on while DNS gives none. */
export interface Staleness {
  readonly clock: Pick<Clock, 'now'>
  readonly maxStaleMs: number
}

/** The last answer to a question, for as long as it may serve on. */
export class Remembered<T> {
  readonly #staleness: Staleness
  #answer: T | undefined = undefined
  #heardAtMs = 0

  constructor(staleness: Staleness) {
    this.#staleness = staleness
  }

  /** Undefined when there was none, or when it is too long ago. */
  get answer(): T | undefined {
    const { clock, maxStaleMs } = this.#staleness
    if (this.#answer !== undefined && clock.now() - this.#heardAtMs >= maxStaleMs) this.forget()
    return this.#answer
  }

  keep(answer: T): void {
    this.#answer = answer
    this.#heardAtMs = this.#staleness.clock.now()
  }

  forget(): void {
    this.#answer = undefined
  }
}
