/** Where a client stands in one window. */
export interface WindowUsage {
  /** `minute`, or the length in seconds: `60s`. */
  readonly label: string
  readonly limit: number
  /** Nominal length. */
  readonly lengthMs: number
  /** Calls left in the window after this one. */
  readonly remaining: number
  /** Until the window ends. */
  readonly resetMs: number
}

/** What a limiter says of one call. */
export interface RateLimitDecision {
  readonly allowed: boolean
  /** Who counted: this process, Redis, or this process in place of a Redis that did not answer. */
  readonly backend: 'memory' | 'redis' | 'local'
  /** One entry a window; empty when nobody counted. */
  readonly windows: readonly WindowUsage[]
  /** The window that refused. */
  readonly refusedBy: WindowUsage | undefined
}
