import { type Duration, durationMs } from '../core/duration.js'
import { duration, type Schema, validate } from '../core/schema/index.js'

/** Options of `mesh.close`. */
export interface CloseOptions {
  /** How long what is under way may take to end. Default `'15s'`. */
  timeout?: Duration | undefined
}

/** Options of a server's `close`. */
export interface ServerCloseOptions extends CloseOptions {
  /**
   * `timeout` in ms.
   *
   * @deprecated `timeout` counts before it.
   */
  timeoutMs?: number | undefined
}

const limit: Schema<Duration> = duration()

/** How long a drain may take, ms. Throws a `ConfigError` for what is no duration. */
export function drainLimitMs({ timeout, timeoutMs }: ServerCloseOptions): number {
  if (timeout === undefined && timeoutMs !== undefined) return durationMs(validate(limit, timeoutMs, 'timeoutMs'))
  return durationMs(timeout === undefined ? '15s' : validate(limit, timeout, 'timeout'))
}
