import { type Duration, durationMs } from '../../core/duration.js'
import { duration, flag, integer, list, number, object, type Schema } from '../../core/schema/index.js'

/** Compares the endpoints of a service with each other at every sweep (Envoy success rate ejection). */
export interface SuccessRateOptions {
  /** Endpoints with enough calls that are needed for a comparison. From 1. Default 5. */
  minimumHosts?: number | undefined
  /** Calls in an interval that make an endpoint comparable. From 1. Default 100. */
  requestVolume?: number | undefined
  /** Thousandths of the standard deviation below the mean that eject. From 0. Default 1,900. */
  stdevFactor?: number | undefined
}

/** Judges each endpoint by its own share of failures at every sweep (Envoy failure percentage ejection). */
export interface FailurePercentageOptions {
  /** Percent of failures that eject, 0 to 100. Default 85. */
  threshold?: number | undefined
  /** Endpoints with enough calls that are needed for a judgement. From 1. Default 5. */
  minimumHosts?: number | undefined
  /** Calls in an interval that make an endpoint judgeable. From 1. Default 50. */
  requestVolume?: number | undefined
}

/** When an endpoint is taken out of the balancing, and for how long. Envoy's algorithm; not configured means never. */
export interface OutlierDetectionOptions {
  /** Failures in a row (5xx or no complete reply) that eject. Default 5; 0 turns it off. */
  consecutive5xxErrors?: number | undefined
  /** The same for 502, 503, 504, connect failures and timeouts only. Default 0: off. */
  consecutiveGatewayErrors?: number | undefined
  /** Counts failures to exchange (connect, reset, timeout) apart from HTTP statuses (Envoy split mode). Default false. */
  splitLocalOriginErrors?: boolean | undefined
  /** With `splitLocalOriginErrors`: failures to exchange in a row that eject. Default 5; 0 turns it off. */
  consecutiveLocalOriginFailures?: number | undefined
  /** Statuses that count as a failure, in place of 5xx; every other is a success. Default: 500 and above. */
  errorStatuses?: readonly number[] | undefined
  /** Ejects endpoints whose success rate lies far below the others'. Default: off. */
  successRate?: SuccessRateOptions | undefined
  /** Ejects endpoints that fail too large a share of their calls. Default: off. */
  failurePercentage?: FailurePercentageOptions | undefined
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
  splitLocalOriginErrors: flag,
  consecutiveLocalOriginFailures: integer(0),
  errorStatuses: list(integer(100, 599), { min: 1 }),
  successRate: object<SuccessRateOptions>({
    minimumHosts: integer(1),
    requestVolume: integer(1),
    stdevFactor: number(0),
  }),
  failurePercentage: object<FailurePercentageOptions>({
    threshold: number(0, 100),
    minimumHosts: integer(1),
    requestVolume: integer(1),
  }),
  interval: duration(1),
  baseEjectionTime: duration(1),
  maxEjectionTime: duration(1),
  maxEjectionTimeJitter: duration(),
  maxEjectionPercent: number(0, 100),
  alwaysEjectOne: flag,
  panicThresholdPercent: number(0, 100),
})

/** Success rate ejection with its defaults. */
export type SuccessRateSettings = Readonly<Record<'minimumHosts' | 'requestVolume' | 'stdevFactor', number>>

/** Failure percentage ejection with its defaults. */
export type FailurePercentageSettings = Readonly<Record<'threshold' | 'minimumHosts' | 'requestVolume', number>>

/** The options with their defaults, in ms. */
export interface OutlierSettings {
  readonly consecutive5xxErrors: number
  readonly consecutiveGatewayErrors: number
  readonly splitLocalOriginErrors: boolean
  readonly consecutiveLocalOriginFailures: number
  readonly successRate: SuccessRateSettings | undefined
  readonly failurePercentage: FailurePercentageSettings | undefined
  readonly intervalMs: number
  readonly baseEjectionMs: number
  readonly maxEjectionMs: number
  readonly maxJitterMs: number
  readonly maxEjectionPercent: number
  readonly alwaysEjectOne: boolean
}

/** Fills in the defaults. */
export function outlierSettings(options: OutlierDetectionOptions): OutlierSettings {
  const { successRate, failurePercentage } = options
  const baseEjectionMs = durationMs(options.baseEjectionTime) ?? 30_000
  return {
    consecutive5xxErrors: options.consecutive5xxErrors ?? 5,
    consecutiveGatewayErrors: options.consecutiveGatewayErrors ?? 0,
    splitLocalOriginErrors: options.splitLocalOriginErrors ?? false,
    consecutiveLocalOriginFailures: options.consecutiveLocalOriginFailures ?? 5,
    successRate: successRate && {
      minimumHosts: successRate.minimumHosts ?? 5,
      requestVolume: successRate.requestVolume ?? 100,
      stdevFactor: successRate.stdevFactor ?? 1_900,
    },
    failurePercentage: failurePercentage && {
      threshold: failurePercentage.threshold ?? 85,
      minimumHosts: failurePercentage.minimumHosts ?? 5,
      requestVolume: failurePercentage.requestVolume ?? 50,
    },
    intervalMs: durationMs(options.interval) ?? 10_000,
    baseEjectionMs,
    maxEjectionMs: durationMs(options.maxEjectionTime) ?? Math.max(300_000, baseEjectionMs),
    maxJitterMs: durationMs(options.maxEjectionTimeJitter) ?? 0,
    maxEjectionPercent: options.maxEjectionPercent ?? 10,
    alwaysEjectOne: options.alwaysEjectOne ?? true,
  }
}
