import type { Visit } from '../../core/visit.js'

/** Calls of one interval: what success rates are made of. */
export class CallCount {
  total = 0
  successes = 0

  add(success: boolean): void {
    this.total++
    if (success) this.successes++
  }

  /** Starts a new interval. */
  clear(): void {
    this.total = 0
    this.successes = 0
  }
}

/** What outlier detection remembers of an endpoint, in the terms of Envoy's algorithm. */
export class OutlierState {
  /** Failures (5xx, or no reply) without a success between them. */
  consecutive5xx = 0
  /** The same for 502, 503 and 504 alone. */
  consecutiveGateway = 0
  /** The same for failures to exchange, where they are counted apart. */
  consecutiveLocal = 0
  /** How often it was ejected of late: each ejection lasts this many times the base. */
  multiplier = 0
  jitterMs = 0
  ejectedAtMs: number = Number.NEGATIVE_INFINITY
  returnedAtMs: number = Number.NEGATIVE_INFINITY
  /** Statuses since the last sweep. */
  readonly external: CallCount = new CallCount()
  /** Exchanges since the last sweep, where they are counted apart. */
  readonly local: CallCount = new CallCount()

  /** What the last call was watched with. */
  observation: Visit | undefined = undefined

  /** Forgets failures in a row: an endpoint that comes back starts anew. */
  clearConsecutive(): void {
    this.consecutive5xx = 0
    this.consecutiveGateway = 0
    this.consecutiveLocal = 0
  }
}
