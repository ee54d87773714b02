/** A number of things that may be had at once, without waiting for them. */
export class Permits {
  readonly #limit: number
  #taken = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many are taken. */
  get taken(): number {
    return this.#taken
  }

  /** Takes one, if there is one. Whoever got it gives it back once. */
  tryAcquire(): boolean {
    if (this.#taken >= this.#limit) return false
    this.#taken++
    return true
  }

  /** Gives one back. */
  release(): void {
    this.#taken--
  }
}
