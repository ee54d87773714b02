const firstPauseMs = 100
const longestPauseMs = 5_000

/**
 * Keeps calls away from a store that has just failed: no call waits for a frozen Redis after the first few, and no
 * queue of commands grows behind it. After a pause, which doubles, one call may try.
 */
export class StoreGate {
  #closedUntilMs = Number.NEGATIVE_INFINITY
  #pauseMs = firstPauseMs
  #healthy = true
  #probing = false
  /** Whether this call may ask the store. */
  enter(nowMs: number): boolean {
    if (this.#healthy) return true
    if (this.#probing || nowMs < this.#closedUntilMs) return false
    this.#probing = true
    return true
  }

  succeeded(): void {
    this.#healthy = true
    this.#probing = false
    this.#pauseMs = firstPauseMs
  }

  failed(nowMs: number): void {
    if (!this.#healthy && !this.#probing) return
    this.#healthy = false
    this.#probing = false
    this.#closedUntilMs = nowMs + this.#pauseMs
    this.#pauseMs = Math.min(longestPauseMs, this.#pauseMs * 2)
  }
}
