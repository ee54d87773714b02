import type { Duration } from '../../core/duration.js'
import { duration, exactly, integer, object, rule, type Schema } from '../../core/schema/index.js'
import { type PolicyMode, policyMode } from '../mode.js'
import { type AdaptiveLimitOptions, adaptiveLimitOptions } from './adaptive-options.js'

/** Where requests wait for others to end: CoDel, as Meta applies it to requests. */
export interface RequestQueueOptions {
  /** How many may wait; what is more is refused at once. From 0. Default 100. */
  size?: number | undefined
  /** How long a request may wait while the queue does not get empty. From 1 ms. Default 5 ms. */
  target?: Duration | undefined
  /**
   * How long a request may wait at all; and how long the queue must not have been empty for `target` to hold, so that
   * bursts wait and overload does not. From 1 ms. Default 100 ms.
   */
  interval?: Duration | undefined
}

/** How many requests this process works on at once. What is more waits, or is refused with 503 and `retry-after`. */
export interface InboundConcurrencyOptions {
  /** Requests at once, to the ends of their answers. From 1. Default: no limit. */
  limit?: number | undefined
  /** Requests at once whose answers have not begun, as a limit that finds itself. In place of `limit`. */
  adaptive?: AdaptiveLimitOptions | undefined
  /** Default: nothing waits longer than 100 ms, and only 5 ms when the queue does not empty. */
  queue?: RequestQueueOptions | undefined
  /**
   * `header`: the `priority` header (`u=0` to `u=7`, RFC 9218) says who waits first and who is refused last. Whoever calls
   * can say so, so take it where callers are your own. Default: all are equal.
   */
  priority?: 'header' | undefined
  /** Refuses requests while the event loop is that late. From 1 ms. Default: never. */
  eventLoopLag?: Duration | undefined
  /** What a refusal says in `retry-after`. Default 1 s. */
  retryAfter?: Duration | undefined
  /** `observe` counts what would be refused and refuses nothing. Default `enforce`. */
  mode?: PolicyMode | undefined
}

const queueOptions: Schema<RequestQueueOptions> = object<RequestQueueOptions>({
  size: integer(0),
  target: duration(1),
  interval: duration(1),
})

/** Schema of `InboundConcurrencyOptions`. */
export const inboundConcurrencyOptions: Schema<InboundConcurrencyOptions> = rule(
  object<InboundConcurrencyOptions>({
    limit: integer(1),
    adaptive: adaptiveLimitOptions,
    queue: queueOptions,
    priority: exactly('header'),
    eventLoopLag: duration(1),
    retryAfter: duration(),
    mode: policyMode,
  }),
  ({ limit, adaptive }, report) => {
    if (limit !== undefined && adaptive !== undefined) report(['adaptive'], 'takes the place of limit: set one of them')
  },
)
