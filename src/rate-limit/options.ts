import { type Duration, parseDuration } from '../core/duration.js'
import {
  duration,
  either,
  exactly,
  headerName,
  instance,
  integer,
  object,
  oneOf,
  rule,
  type Schema,
  text,
} from '../core/schema/index.js'
import { isRedisClient, type RedisClient } from './redis-client.js'

/** Calendar periods in UTC, as Kong counts them. */
export type RateLimitPeriod = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year'

/** Calendar periods, shortest first. */
export const rateLimitPeriods: readonly RateLimitPeriod[] = ['second', 'minute', 'hour', 'day', 'month', 'year']

/**
 * Whose calls share a counter. What a call does not have - no consumer, no such header - falls back to its address.
 *
 * - `ip`: the client's address behind trusted proxies; an IPv6 /64 is one client.
 * - `principal`: who is asking: token, else consumer, else peer.
 * - `consumer`: the gateway's consumer, else the credential. `credential`: the key that was presented.
 * - `service`: the service behind the gateway route. `path`: the canonical path.
 * - `all`: one counter for everybody.
 */
export type RateLimitBy =
  | 'ip'
  | 'principal'
  | 'consumer'
  | 'credential'
  | 'service'
  | 'path'
  | 'all'
  | {
      /** Name of a header; its value counts, hashed. */
      header: string
    }
  | {
      /** One counter for this path, others by address (Kong). */
      path: string
    }

/** How many calls a client may make in a time. Either `limit` and `per`, or `limits`. */
export interface RateLimitOptions {
  /** Names the policy in metrics and headers, and, together with `by`, its counters in Redis. Default `default`. */
  name?: string | undefined
  /** Calls a window, 1 or more. */
  limit?: number | undefined
  /** Length of the window: whole seconds, 1 s to 10 years. */
  per?: Duration | undefined
  /** Several calendar windows at once; a call must fit all of them (Kong). */
  limits?: Partial<Record<RateLimitPeriod, number | undefined>> | undefined
  /** Default `ip`. */
  by?: RateLimitBy | undefined
  /**
   * Where windows begin: `calendar` at multiples of their length in UTC (Kong), `first-hit` with a client's first
   * call. Both may admit twice the limit around an edge. Default `calendar`.
   */
  window?: 'calendar' | 'first-hit' | undefined
  /**
   * `memory` counts per process, `redis` through the client given to `createMesh`, which refuses it without one, a client
   * through that. Default `memory`.
   */
  store?: 'memory' | 'redis' | RedisClient | undefined
  /** How long Redis may take, 1 ms or more, given up at most 8 ms late. Default `20ms`, Envoy's. */
  storeTimeout?: Duration | undefined
  /**
   * What happens while Redis does not answer: `local` counts in this process, `open` admits (Kong's
   * `fault_tolerant`), `closed` answers 503. Default `local`.
   */
  failureMode?: 'open' | 'closed' | 'local' | undefined
  /**
   * Headers that tell a client where it stands: `draft-8` (`RateLimit`, `RateLimit-Policy`), `kong`, `x`
   * (`X-RateLimit-*`), or `false` for none, `Retry-After` included. Default `draft-8`.
   */
  headers?: 'draft-8' | 'kong' | 'x' | false | undefined
  /** Status of the refusal, 400 to 599. Default 429. */
  errorCode?: number | undefined
  /** Makes the refusal Kong's `{"message": ..., "request_id": ...}` in place of problem+json. */
  errorMessage?: string | undefined
  /** Clients that are counted at once in this process, 100 or more. Default 100,000. */
  maxKeys?: number | undefined
}

const maxWindowMs = 3_660 * 86_400_000

const windowLength: Schema<Duration> = instance<Duration>('a duration of whole seconds, "1s" to ten years', (value) => {
  const ms = parseDuration(value)
  return ms !== undefined && ms >= 1_000 && ms <= maxWindowMs && ms % 1_000 === 0
})

/** One object of both forms: a union would call the other form's key unknown. */
const namedKey: Schema<{ header: string } | { path: string }> = rule(
  object<{ header?: string | undefined; path?: string | undefined }>({ header: headerName, path: text }),
  (value, report) => {
    if ((value.header === undefined) === (value.path === undefined)) report([], 'needs either header or path')
  },
  // The rule has made sure of exactly one.
) as Schema<{ header: string } | { path: string }>

const calls: Schema<number> = integer(1)

const limits: Schema<Partial<Record<RateLimitPeriod, number | undefined>>> = rule(
  object<Partial<Record<RateLimitPeriod, number | undefined>>>({
    second: calls,
    minute: calls,
    hour: calls,
    day: calls,
    month: calls,
    year: calls,
  }),
  (value, report) => {
    const set = rateLimitPeriods.flatMap((period) => {
      const limit = value[period]
      return limit === undefined ? [] : [{ period, limit }]
    })
    if (set.length === 0) report([], `needs one of ${rateLimitPeriods.join(', ')}`)
    for (const [i, { period, limit }] of set.entries()) {
      const shorter = set[i - 1]
      if (shorter !== undefined && limit < shorter.limit)
        report(
          [period],
          `The limit for ${period}(${limit}) cannot be lower than the limit for ${shorter.period}(${shorter.limit})`,
        )
    }
  },
)

/** The schema of `rateLimit` and of every entry of `inbound.rateLimits`. */
export const rateLimitOptions: Schema<RateLimitOptions> = rule(
  object<RateLimitOptions>({
    name: text,
    limit: calls,
    per: windowLength,
    limits,
    by: either(oneOf('ip', 'principal', 'consumer', 'credential', 'service', 'path', 'all'), namedKey),
    window: oneOf('calendar', 'first-hit'),
    store: either(oneOf('memory', 'redis'), instance<RedisClient>('an ioredis or node-redis client', isRedisClient)),
    storeTimeout: duration(1),
    failureMode: oneOf('open', 'closed', 'local'),
    headers: either(oneOf('draft-8', 'kong', 'x'), exactly(false)),
    errorCode: integer(400, 599),
    errorMessage: text,
    maxKeys: integer(100),
  }),
  (value, report) => {
    if (value.limits !== undefined) {
      if (value.limit !== undefined || value.per !== undefined) report(['limits'], 'stands in place of limit and per')
      if (value.window === 'first-hit') report(['window'], 'must be "calendar" with limits')
    } else if (value.limit === undefined || value.per === undefined) report([], 'needs limit and per, or limits')
  },
)

/**
 * Whether a limit needs to know who is asking. Such limits run after authentication, the others before it, so that a
 * flood of bad credentials is limited too.
 */
export function isIdentityLimit(options: RateLimitOptions): boolean {
  return options.by === 'principal' || options.by === 'consumer' || options.by === 'credential'
}
