/** Each wait counts in full when it ends, and an eighth less with every turn that follows. */
const fading = 7 / 8
/** Reached by a wait of 16 ms among usual ones of half a millisecond, or by waits of 2.5 ms one after another. */
const limitMs = 20
const shortestPauseMs = 100
const longestPause = 9
/** So many turns within the limit halve the next pause. */
const forgiving = 1_000

/**
 * Whether replies may wait for the end of their turn. Where they have had to wait long - for a handler that computes, for a
 * job that begins when its request has been answered - they go out at once for a while: 100 ms, twice as long each time
 * that it happens again, up to 51 s. The collector's pauses alone do not reach the limit.
 */
export class Patience {
  #waitedMs = 0
  #pausedUntilMs = Number.NEGATIVE_INFINITY
  #level = 0
  #within = 0

  lasts(nowMs: number): boolean {
    return nowMs >= this.#pausedUntilMs
  }

  /** Told how long the first reply of a turn has waited. */
  waited(ms: number, nowMs: number): void {
    this.#waitedMs = this.#waitedMs * fading + ms
    if (this.#waitedMs > limitMs) {
      this.#pausedUntilMs = nowMs + shortestPauseMs * 2 ** this.#level
      this.#level = Math.min(this.#level + 1, longestPause)
      this.#waitedMs = 0
      this.#within = 0
    } else if (++this.#within === forgiving) {
      this.#level = Math.max(this.#level - 1, 0)
      this.#within = 0
    }
  }
}
