/** Each wait counts in full when it ends, and an eighth less with every turn that follows. */
const fading = 7 / 8
/** Reached by a wait of 16 ms among usual ones - the collector's pauses are shorter, nearly all - or by waits of 2.5 ms on end. */
const limitMs = 20
const shortestPauseMs = 100
const longestPause = 9
/** What comes later than this after a pause, or than the pause was long, has nothing to do with it. */
const relapseMs = 2_000

/**
 * Whether replies may wait for the end of their turn. Where they have had to wait long - for a handler that computes, for a
 * job that begins when its request has been answered - they go out at once for a while: 100 ms, and twice as long each
 * time that it happens again soon, up to 51 s.
 */
export class Patience {
  #recentMs = 0
  #pausedUntilMs = Number.NEGATIVE_INFINITY
  #pauseMs = 0
  #level = 0

  lasts(nowMs: number): boolean {
    return nowMs >= this.#pausedUntilMs
  }

  /** Told how long the first reply of a turn has waited. */
  waited(ms: number, nowMs: number): void {
    this.#recentMs = this.#recentMs * fading + ms
    if (this.#recentMs <= limitMs) return
    const again = nowMs - this.#pausedUntilMs < Math.max(relapseMs, this.#pauseMs)
    this.#level = again ? Math.min(this.#level + 1, longestPause) : 0
    this.#pauseMs = shortestPauseMs * 2 ** this.#level
    this.#pausedUntilMs = nowMs + this.#pauseMs
    this.#recentMs = 0
  }
}
