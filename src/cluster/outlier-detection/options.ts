import { type Duration, durationMs } from '../../core/duration.js'
import { duration, flag, integer, number, object, type Schema } from '../../core/schema/index.js'

/** When an endpoint is taken out of the balancing, and for how long. Envoy's algorithm; not configured means never. */
export interface OutlierDetectionOptions {
  /** Failures in a row (5xx or no complete reply) that eject. Default 5; 0 turns it off. */
  consecutive5xxErrors?: number | undefined
  /** The same for 502, 503, 504, connect failures and timeouts only. Default 0: off. */
  consecutiveGatewayErrors?: number | undefined
  /** How often ejected endpoints are looked at: an ejection ends only then. At least 1 ms, default `'10s'`. */
  interval?: Duration | undefined
  /** First ejection; the n-th in a row lasts n times as long. At least 1 ms, default `'30s'`. */
  baseEjectionTime?: Duration | undefined
  /** Longest ejection. Default `'5m'`, or `baseEjectionTime` if that is longer. */
  maxEjectionTime?: Duration | undefined
  /** Up to this much is added to an ejection at random, so that endpoints do not return together. Default 0. */
  maxEjectionTimeJitter?: Duration | undefined
  /** Share of the service's endpoints that may be ejected at once, 0 to 100. Default 10. */
  maxEjectionPercent?: number | undefined
  /**
   * Ejects one endpoint even where `maxEjectionPercent` of so few is less than one. Default true; Envoy's own default
   * is false, which ejects nobody in a pool of nine at 10 %.
   */
  alwaysEjectOne?: boolean | undefined
  /**
   * Below this share of endpoints that are not ejected, 0 to 100, ejections are ignored and all endpoints take calls:
   * a few survivors would drown. Default 50; 0 never ignores them (503 `UH` when all are ejected).
   */
  panicThresholdPercent?: number | undefined
}

/** Schema of `outlierDetection`. */
export const outlierDetectionOptions: Schema<OutlierDetectionOptions> = object<OutlierDetectionOptions>({
  consecutive5xxErrors: integer(0),
  consecutiveGatewayErrors: integer(0),
  interval: duration(1),
  baseEjectionTime: duration(1),
  maxEjectionTime: duration(1),
  maxEjectionTimeJitter: duration(),
  maxEjectionPercent: number(0, 100),
  alwaysEjectOne: flag,
  panicThresholdPercent: number(0, 100),
})

/** The options with their defaults, in ms. */
export interface OutlierSettings {
  readonly consecutive5xxErrors: number
  readonly consecutiveGatewayErrors: number
  readonly intervalMs: number
  readonly baseEjectionMs: number
  readonly maxEjectionMs: number
  readonly maxJitterMs: number
  readonly maxEjectionPercent: number
  readonly alwaysEjectOne: boolean
}

/** Fills in the defaults. */
export function outlierSettings(options: OutlierDetectionOptions): OutlierSettings {
  const baseEjectionMs = durationMs(options.baseEjectionTime) ?? 30_000
  return {
    consecutive5xxErrors: options.consecutive5xxErrors ?? 5,
    consecutiveGatewayErrors: options.consecutiveGatewayErrors ?? 0,
    intervalMs: durationMs(options.interval) ?? 10_000,
    baseEjectionMs,
    maxEjectionMs: durationMs(options.maxEjectionTime) ?? Math.max(300_000, baseEjectionMs),
    maxJitterMs: durationMs(options.maxEjectionTimeJitter) ?? 0,
    maxEjectionPercent: options.maxEjectionPercent ?? 10,
    alwaysEjectOne: options.alwaysEjectOne ?? true,
  }
}

/** Share of healthy endpoints below which ejections are ignored; 0 is never. */
export function panicThreshold(options: OutlierDetectionOptions | undefined): number {
  return options?.panicThresholdPercent ?? 50
}
