import { durationMs } from '../../core/duration.js'
import type { CircuitSettings } from './circuit.js'
import type { CircuitBreakerOptions } from './options.js'

/** The options of a breaker, every default filled in. */
export interface BreakerSettings {
  readonly errors: CircuitSettings
  /** Undefined when no call is slow. */
  readonly slow: CircuitSettings | undefined
  /** Time until the reply headers from which a call is slow; `Infinity` for never. */
  readonly slowMs: number
  readonly resetMs: number
  readonly probes: number
  readonly firstJitter: number
  readonly laterJitter: number
  /** Only reports. */
  readonly observes: boolean
}

/** Fills in the defaults of options that a schema has accepted. */
export function breakerSettings(options: CircuitBreakerOptions): BreakerSettings {
  const errors: CircuitSettings = {
    errorThresholdPercentage: options.errorThresholdPercentage ?? 50,
    volumeThreshold: options.volumeThreshold ?? 20,
    rollingWindowMs: durationMs(options.rollingWindow) ?? 10_000,
    buckets: options.buckets ?? 10,
  }
  const slowMs = durationMs(options.slowCallThreshold) ?? Number.POSITIVE_INFINITY
  const watched = slowMs !== Number.POSITIVE_INFINITY
  return {
    errors,
    slow: watched ? { ...errors, errorThresholdPercentage: options.slowCallThresholdPercentage ?? 100 } : undefined,
    slowMs,
    resetMs: durationMs(options.resetTimeout) ?? 10_000,
    probes: options.probes ?? 1,
    firstJitter: options.jitter ?? 0,
    laterJitter: options.jitter ?? 0.5,
    observes: options.mode === 'observe',
  }
}
