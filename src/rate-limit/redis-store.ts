import type RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js'
import type { Clock } from '../core/clock.js'
import { type RedisClient, redisPackage } from './redis-client.js'
import type { LimitWindow } from './windows.js'

/** What Redis counted in one window. */
export interface RedisCount {
  /** Calls so far, this one included. */
  readonly consumed: number
  /** Until the counter expires. */
  readonly resetMs: number
}

let loading: Promise<{ default: typeof RateLimiterRedis }> | undefined

const guarded = new WeakSet<RedisClient>()

/** A Redis that goes away must not take the process with it: both client packages throw unless somebody listens. */
function guard(client: RedisClient): void {
  if (guarded.has(client) || (client.listenerCount?.('error') ?? 1) > 0) return
  guarded.add(client)
  client.on('error', () => {})
}

function readCount(result: unknown): RedisCount {
  if (typeof result === 'object' && result !== null && 'consumedPoints' in result && 'msBeforeNext' in result) {
    const { consumedPoints, msBeforeNext } = result
    if (typeof consumedPoints === 'number' && Number.isFinite(consumedPoints) && typeof msBeforeNext === 'number')
      return { consumed: consumedPoints, resetMs: msBeforeNext }
  }
  throw result instanceof Error ? result : new Error('Redis gave no count')
}

/**
 * Counts through Redis, for all processes together: one atomic script a window, so nothing is admitted twice.
 * A call that is refused here counts too, as in Kong's redis policy.
 */
export class RedisStore {
  readonly #client: RedisClient
  readonly #limiters = new Map<LimitWindow, RateLimiterRedis>()
  #Limiter: typeof RateLimiterRedis | undefined = undefined

  constructor(client: RedisClient) {
    this.#client = client
    guard(client)
  }

  /** Loads the library; from then on `consume` may be called. */
  async load(): Promise<void> {
    loading ??= import('rate-limiter-flexible/lib/RateLimiterRedis.js')
    this.#Limiter = (await loading).default
  }

  /** Whether the library is there. */
  get loaded(): boolean {
    return this.#Limiter !== undefined
  }

  /** Counts a call in every window; rejects when Redis cannot. Calendar windows carry their end in the key. */
  consume(key: string, windows: readonly LimitWindow[], clock: Clock): Promise<readonly RedisCount[]> {
    return Promise.all(windows.map((window) => this.#consumeOne(key, window, window.now(clock))))
  }

  async #consumeOne(key: string, window: LimitWindow, now: number): Promise<RedisCount> {
    const limiter = this.#limiter(window)
    const end = window.endAfter(now)
    const at = window.calendar ? `${key}:${window.label}:${end}` : `${key}:${window.label}`
    const customDuration = Math.ceil((end - now) / 1_000)
    let result: unknown
    try {
      result = await limiter.consume(at, 1, { customDuration })
    } catch (error) {
      // Over the limit it rejects with the count, which is no error of the store.
      result = error
    }
    const { consumed, resetMs } = readCount(result)
    return { consumed, resetMs: window.calendar ? end - now : resetMs }
  }

  #limiter(window: LimitWindow): RateLimiterRedis {
    let limiter = this.#limiters.get(window)
    if (limiter === undefined) {
      if (this.#Limiter === undefined) throw new Error('rate-limiter-flexible is not loaded')
      limiter = new this.#Limiter({
        storeClient: this.#client,
        points: window.limit,
        duration: Math.ceil(window.lengthMs / 1_000),
        keyPrefix: '',
        rejectIfRedisNotReady: true,
        useRedisPackage: redisPackage(this.#client) === 'node-redis',
      })
      this.#limiters.set(window, limiter)
    }
    return limiter
  }
}
