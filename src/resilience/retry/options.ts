import { type Duration, durationMs } from '../../core/duration.js'
import {
  duration,
  either,
  exactly,
  flag,
  integer,
  list,
  number,
  object,
  oneOf,
  record,
  rule,
  type Schema,
  stringMatch,
  text,
} from '../../core/schema/index.js'
import type { StringMatch } from '../../core/string-match.js'
import { type PolicyMode, policyMode } from '../mode.js'
import { type RetryCondition, type RetryToken, retryTokens } from './conditions.js'

/** How long to wait before a retry: Envoy's capped doubling with full jitter. */
export interface BackoffOptions {
  /** What every wait has at least; the random part comes on top. Default 0: full jitter, as Envoy has it. */
  min?: Duration | undefined
  /** Upper bound of the first wait's random part; it doubles from retry to retry. From 1 ms. Default 25 ms. */
  base?: Duration | undefined
  /** Where it stops doubling. Not below `base`. Default 10 times `base`. */
  max?: Duration | undefined
}

/**
 * How many retries a service can bear, whoever wants them. Retries of connections that did not come about, refused or timed
 * out before a TLS handshake began, are free: they have put no load on it (gRPC's transparent retry). Those of kept connections that ended as they were used count, and
 * are made all the same.
 */
export interface RetryBudgetOptions {
  /** Retries per first attempt in the window. 0-1. Default 0.1. */
  ratio?: number | undefined
  /** Retries a second that are always there, so that rare calls can be retried too. From 0. Default 1. */
  minPerSecond?: number | undefined
  /** The sliding window. From 1 s. Default 10 s. */
  window?: Duration | undefined
}

/** Envoy's retry budget: retries under way at once, in proportion to the calls under way. */
export interface ConcurrentBudgetOptions {
  /** Percent of the calls under way, 0 to 100. Default 20. */
  percent?: number | undefined
  /** Retries that may always be under way. From 0. Default 3. */
  minConcurrency?: number | undefined
}

/** A reply header in which a server says how long it is overloaded. */
export interface ResetHeader {
  /** Name of the header. */
  name: string
  /** `seconds` to wait, or a `unix-timestamp` in seconds. Default `seconds`. */
  format?: 'seconds' | 'unix-timestamp' | undefined
}

/** How long to wait where the reply itself says it: Envoy's rate-limited back-off. */
export interface RateLimitedBackoffOptions {
  /** In order: the first that a reply has, and can be read, counts. */
  resetHeaders: readonly ResetHeader[]
  /** What asks for more is passed over. From 1 ms. Default 300 s. */
  max?: Duration | undefined
}

/** Which failed attempts are made again, how often, and when. */
export interface RetryOptions {
  /** Retries after the first attempt, as Istio's `attempts` counts them. 0-100. Default 2. */
  attempts?: number | undefined
  /** Time until an attempt's reply headers are there. Default: none; 0: none. */
  perTryTimeout?: Duration | undefined
  /**
   * Longest silence of an attempt, from its start to the end of its reply body. Default: none; 0: none. After the reply
   * headers it breaks the body off, which nobody retries.
   */
  perTryIdleTimeout?: Duration | undefined
  /**
   * What is worth another try: Envoy's `retry_on` words, `attempt-timeout`, and statuses. Default `connect-failure`,
   * `refused-stream` and `reset`: no reply at all, as when a connection is closed at the moment of its next use.
   */
  on?: readonly RetryCondition[] | undefined
  /** Reply headers that are worth another try, for `retriable-headers`. Default: none. */
  retriableHeaders?: Readonly<Record<string, StringMatch>> | undefined
  /** Default: up to 25 ms before the first retry, doubling up to 250 ms. */
  backoff?: BackoffOptions | undefined
  /** Waits from one to one and a half times what such a reply asks for, in place of `backoff`. Default: none. */
  rateLimitedBackoff?: RateLimitedBackoffOptions | undefined
  /**
   * `false` takes the budget away: a failing service then gets up to `attempts` times its load on top. Default: of a route
   * the service's, of a service `{}`. What retries with equal options shares one budget.
   */
  budget?: RetryBudgetOptions | ConcurrentBudgetOptions | false | undefined
  /**
   * Bytes of a streamed request body that are kept while it is sent, so that it can be sent again; 0 for none. What is
   * longer is not retried. All bodies of a process together keep up to 64 MiB. Default 65,536, as Linkerd's.
   */
  replayBuffer?: number | undefined
  /** Request header under which an unsafe method may be sent again. Default `idempotency-key`. */
  idempotencyHeader?: string | undefined
  /** Retry POST, PATCH and the like even when they may have taken effect, as Envoy and Istio do. Default false. */
  unsafe?: boolean | undefined
  /** Retries prefer endpoints that the call has not tried yet (Envoy `previous_hosts`). Default true. */
  avoidTried?: boolean | undefined
  /** Retries prefer priorities that the call has not tried yet (Envoy `previous_priorities`). Default false. */
  avoidTriedPriorities?: boolean | undefined
  /**
   * Wait as long as the `retry-after` of a 429 or 503 says, if the deadline allows, and for gRPC calls as long as
   * `grpc-retry-pushback-ms` says, or not at all. Default true; Istio does not.
   */
  retryAfter?: boolean | undefined
  /** `observe` counts the retries that would be made and makes none; attempts have no time limits of their own then. Default `enforce`. */
  mode?: PolicyMode | undefined
}

const backoffOptions: Schema<BackoffOptions> = rule(
  object<BackoffOptions>({ min: duration(), base: duration(1), max: duration(1) }),
  ({ base, max }, report) => {
    if (max !== undefined && durationMs(max) < (durationMs(base) ?? 25)) report(['max'], 'must not be below base')
  },
)

const rateLimitedBackoffOptions: Schema<RateLimitedBackoffOptions> = object<RateLimitedBackoffOptions>(
  {
    resetHeaders: list(object<ResetHeader>({ name: text, format: oneOf('seconds', 'unix-timestamp') }, ['name']), {
      min: 1,
    }),
    max: duration(1),
  },
  ['resetHeaders'],
)

/** Schema of `RetryBudgetOptions`. */
export const retryBudgetOptions: Schema<RetryBudgetOptions> = object<RetryBudgetOptions>({
  ratio: number(0, 1),
  minPerSecond: number(0),
  window: duration(1_000),
})

/** Schema of `RetryOptions.on`. */
export const retryConditions: Schema<readonly RetryCondition[]> = list(
  either<RetryToken, number>(oneOf(...retryTokens, 'attempt-timeout'), integer(100, 599)),
)

/** Schema of `RetryOptions`. */
export const retryOptions: Schema<RetryOptions> = object<RetryOptions>({
  attempts: integer(0, 100),
  perTryTimeout: duration(),
  perTryIdleTimeout: duration(),
  on: retryConditions,
  retriableHeaders: record(stringMatch),
  backoff: backoffOptions,
  rateLimitedBackoff: rateLimitedBackoffOptions,
  budget: either<RetryBudgetOptions, ConcurrentBudgetOptions, false>(
    retryBudgetOptions,
    object<ConcurrentBudgetOptions>({ percent: number(0, 100), minConcurrency: integer(0) }),
    exactly(false),
  ),
  replayBuffer: integer(0),
  idempotencyHeader: text,
  unsafe: flag,
  avoidTried: flag,
  avoidTriedPriorities: flag,
  retryAfter: flag,
  mode: policyMode,
})
