import { type Duration, durationMs, maxTimerMs } from '../core/duration.js'
import { duration, flag, integer, object, type Schema } from '../core/schema/index.js'

/** How long connections to endpoints live. */
export interface ConnectionPoolOptions {
  /** A connection without a call is closed after this; 0 for never. Default `'1h'` (Istio `idleTimeout`), less where the server says so. */
  idleTimeout?: Duration | undefined
  /** A connection is closed at this age, once its call has ended. Default: none. */
  maxDuration?: Duration | undefined
  /** Calls that a connection carries before it is closed; 1 turns keep-alive off. 0 (default) for any number. */
  maxRequestsPerConnection?: number | undefined
  /** TCP keep-alive: idle time before the first probe. From 1 s. Default: 60 s. */
  keepAliveTime?: Duration | undefined
  /** Whether TCP keep-alive probes are sent. Default true. */
  keepAlive?: boolean | undefined
}

/** Schema of `connections`. */
export const connectionPoolOptions: Schema<ConnectionPoolOptions> = object<ConnectionPoolOptions>({
  idleTimeout: duration(),
  maxDuration: duration(1),
  maxRequestsPerConnection: integer(0, 536_870_912),
  keepAliveTime: duration(1_000),
  keepAlive: flag,
})

/** The options with their defaults, in ms. */
export interface ConnectionSettings {
  readonly idleMs: number
  /** Undefined for any age. */
  readonly maxAgeMs: number | undefined
  /** 0 for any number. */
  readonly maxRequests: number
  readonly keepAlive: boolean
  readonly keepAliveMs: number
}

/** Fills in the defaults. */
export function connectionSettings(options: ConnectionPoolOptions = {}): ConnectionSettings {
  const idleMs = durationMs(options.idleTimeout) ?? 3_600_000
  return {
    idleMs: idleMs === 0 ? maxTimerMs : Math.min(idleMs, maxTimerMs),
    maxAgeMs: durationMs(options.maxDuration),
    maxRequests: options.maxRequestsPerConnection ?? 0,
    keepAlive: options.keepAlive ?? true,
    keepAliveMs: durationMs(options.keepAliveTime) ?? 60_000,
  }
}
