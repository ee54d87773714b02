import { type Duration, durationMs } from '../../core/duration.js'
import {
  duration,
  either,
  headerFields,
  integer,
  list,
  object,
  rule,
  type Schema,
  text,
} from '../../core/schema/index.js'

/** Statuses from one to another, both included. */
export interface StatusRange {
  /** 100 to 599. */
  from: number
  /** 100 to 599, not below `from`. */
  to: number
}

/** Asks every endpoint, again and again, whether it is well, and sends calls only to those that are (Envoy HTTP health checks). */
export interface HealthCheckOptions {
  /** Path that is asked with GET. */
  path: string
  /** From one answer to the next question; up to a tenth is added at random. From 1 ms. Default `'10s'`. */
  interval?: Duration | undefined
  /** Interval while an endpoint is unhealthy. Default: `interval`. */
  unhealthyInterval?: Duration | undefined
  /** Longest wait for an answer. From 1 ms. Default `'1s'`. */
  timeout?: Duration | undefined
  /**
   * Connect failures, resets and timeouts in a row that take an endpoint out. An unexpected status does at once, and so
   * does a failure of its very first check, as in Envoy. Default 3.
   */
  unhealthyThreshold?: number | undefined
  /** Successes in a row that bring it back; a success of its very first check does at once. Default 1. */
  healthyThreshold?: number | undefined
  /** Statuses of a healthy endpoint: one, or from-to. Default 200. */
  expectedStatuses?: readonly (number | StatusRange)[] | undefined
  /** Host header. Default: the service's name. */
  host?: string | undefined
  /** Further headers. */
  headers?: Readonly<Record<string, string>> | undefined
}

const statusRange: Schema<StatusRange> = rule(
  object<StatusRange>({ from: integer(100, 599), to: integer(100, 599) }, ['from', 'to']),
  ({ from, to }, report) => {
    if (to < from) report(['to'], 'must not be below from')
  },
)

const path: Schema<string> = rule(text, (value, report) => {
  if (!/^\/[\x21-\x7e]*$/.test(value)) report([], 'must begin with "/", without spaces and non-ASCII characters')
})

const fieldValue: Schema<string> = rule(text, (value, report) => {
  if (!/^[\x20-\x7e]+$/.test(value)) report([], 'must be one line of ASCII characters')
})

/** Schema of `healthCheck`. */
export const healthCheckOptions: Schema<HealthCheckOptions> = object<HealthCheckOptions>(
  {
    path,
    interval: duration(1),
    unhealthyInterval: duration(1),
    timeout: duration(1),
    unhealthyThreshold: integer(1),
    healthyThreshold: integer(1),
    expectedStatuses: list(either(integer(100, 599), statusRange), { min: 1 }),
    host: fieldValue,
    headers: headerFields(fieldValue),
  },
  ['path'],
)

/** The options with their defaults, in ms. */
export interface HealthCheckSettings {
  readonly path: string
  readonly intervalMs: number
  readonly unhealthyIntervalMs: number
  readonly timeoutMs: number
  readonly unhealthyThreshold: number
  readonly healthyThreshold: number
  readonly expects: (status: number) => boolean
  readonly host: string | undefined
  readonly headers: Readonly<Record<string, string>>
}

/** Fills in the defaults. */
export function healthCheckSettings(options: HealthCheckOptions): HealthCheckSettings {
  const intervalMs = durationMs(options.interval) ?? 10_000
  const ranges = (options.expectedStatuses ?? [200]).map((one) =>
    typeof one === 'number' ? { from: one, to: one } : one,
  )
  return {
    path: options.path,
    intervalMs,
    unhealthyIntervalMs: durationMs(options.unhealthyInterval) ?? intervalMs,
    timeoutMs: durationMs(options.timeout) ?? 1_000,
    unhealthyThreshold: options.unhealthyThreshold ?? 3,
    healthyThreshold: options.healthyThreshold ?? 1,
    expects: (status) => ranges.some(({ from, to }) => status >= from && status <= to),
    host: options.host,
    headers: { 'user-agent': 'sidecarless-health-check', ...options.headers },
  }
}
