import type RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js'
import type { Clock } from '../core/clock.js'
import type { RedisAnswer } from './redis-answer.js'
import { type RedisClient, redisPackage } from './redis-client.js'
import { RedisWindow } from './redis-window.js'
import type { LimitWindow } from './windows.js'

let loading: Promise<{ default: typeof RateLimiterRedis }> | undefined

/** By the clients that nobody else listens to: what their connection last failed with. */
const guarded = new WeakMap<RedisClient, { trouble: unknown }>()

/** A Redis that goes away must not take the process with it: both client packages throw unless somebody listens. */
function guard(client: RedisClient): void {
  if (guarded.has(client) || (client.listenerCount?.('error') ?? 1) > 0) return
  const known: { trouble: unknown } = { trouble: undefined }
  guarded.set(client, known)
  client.on('error', (error) => {
    known.trouble = error
  })
}

/**
 * Counts through Redis, for all processes together: one atomic script a window, so nothing is admitted twice.
 * A call that is refused here counts too, as in Kong's redis policy.
 */
export class RedisStore {
  readonly #client: RedisClient
  readonly #windows: readonly LimitWindow[]
  readonly #prefix: string
  #counting: readonly RedisWindow[] | undefined = undefined

  /** @param prefix of all keys: sets the policy apart from others */
  constructor(client: RedisClient, windows: readonly LimitWindow[], prefix: string) {
    this.#client = client
    this.#prefix = prefix
    this.#windows = windows
    guard(client)
  }

  /** Loads the library; from then on `count` may be called. */
  async load(): Promise<void> {
    loading ??= import('rate-limiter-flexible/lib/RateLimiterRedis.js')
    const { default: Limiter } = await loading
    this.#counting ??= this.#windows.map((window) => {
      const limiter = new Limiter({
        storeClient: this.#client,
        points: window.limit,
        duration: Math.ceil(window.lengthMs / 1_000),
        keyPrefix: '',
        rejectIfRedisNotReady: true,
        useRedisPackage: redisPackage(this.#client) === 'node-redis',
      })
      return new RedisWindow(window, limiter, this.#prefix)
    })
  }

  /** Whether the library is there. */
  get loaded(): boolean {
    return this.#counting !== undefined
  }

  /** What its connection last failed with, unless the user listens to that; it may be well again. */
  get trouble(): unknown {
    return guarded.get(this.#client)?.trouble
  }

  /** Counts a call in every window. */
  count(key: string, clock: Clock, answer: RedisAnswer): void {
    const counting = this.#counting ?? []
    for (const [number, window] of counting.entries()) window.count(key, number, clock, answer)
  }
}
