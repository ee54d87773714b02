import { Held } from './held.js'

/** Counts what is under way, so that a drain knows when it is over. One count is given back per `release`. */
export class InFlight extends Held {
  #count = 0
  #abandoned = false
  #waiting: (() => void)[] = []

  get count(): number {
    return this.#count
  }

  enter(): void {
    this.#count++
  }

  release(): void {
    this.#count--
    if (this.#count === 0) this.#tell()
  }

  /** Nothing is under way, or nobody waits for it any more. */
  get isIdle(): boolean {
    return this.#count === 0 || this.#abandoned
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.isIdle) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** What is under way is broken off: from now on nobody waits for it. */
  abandon(): void {
    this.#abandoned = true
    this.#tell()
  }

  #tell(): void {
    for (const tell of this.#waiting.splice(0)) tell()
  }
}
