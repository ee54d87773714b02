/**
 * How long an endpoint took of late: an average that forgets with time and, as it is to protect from slowness, follows a
 * peak at once (Finagle's peak EWMA).
 */
export class LatencyState {
  #ms = 0
  #atMs: number = Number.NEGATIVE_INFINITY

  /** The average as of now; it fades while nothing is heard, so that a slow endpoint is tried again. */
  at(nowMs: number, decayMs: number): number {
    return this.#ms * Math.exp((this.#atMs - nowMs) / decayMs)
  }

  observe(latencyMs: number, nowMs: number, decayMs: number): void {
    const kept = Math.exp((this.#atMs - nowMs) / decayMs)
    const faded = this.#ms * kept
    this.#ms = latencyMs > faded ? latencyMs : faded + latencyMs * (1 - kept)
    this.#atMs = nowMs
  }
}
