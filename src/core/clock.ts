/** A timer that can be stopped. */
export interface Timer {
  /** Does nothing when the timer has fired already. */
  cancel(): void
}

/** Time, injected, so that every policy can be tested without waiting. */
export interface Clock {
  /** Monotonic milliseconds: intervals, deadlines, windows. Never jumps. */
  now(): number
  /** Wall-clock milliseconds since 1970: certificates, tokens, calendar windows. */
  wallNow(): number
  /** Runs `fn` once after `ms`; never keeps the process alive. */
  setTimer(fn: () => void, ms: number): Timer
}

class SystemTimer implements Timer {
  readonly #handle: NodeJS.Timeout

  constructor(fn: () => void, ms: number) {
    this.#handle = setTimeout(fn, ms)
    this.#handle.unref()
  }

  cancel(): void {
    clearTimeout(this.#handle)
  }
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer: (fn, ms) => new SystemTimer(fn, ms),
}
