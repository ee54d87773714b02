/** A timer that can be stopped. */
export interface Timer {
  /** Does nothing when the timer has fired already. */
  cancel(): void
  /** Keeps the process alive until the timer fires or is cancelled: for a wait that a caller awaits. */
  ref?(): void
}

/** Time, injected, so that every policy can be tested without waiting. */
export interface Clock {
  /** Monotonic milliseconds: intervals, deadlines, windows. Never jumps. */
  now(): number
  /** Wall-clock milliseconds since 1970: certificates, tokens, calendar windows. */
  wallNow(): number
  /** Runs `fn` once after `ms`; does not keep the process alive unless told to. */
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

  ref(): void {
    this.#handle.ref()
  }
}

/** The clock of this machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer: (fn, ms) => new SystemTimer(fn, ms),
}
