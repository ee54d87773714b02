import { type Clock, systemClock } from '../core/clock.js'
import { type DeadlineWheel, deadlineWheel } from '../core/deadline.js'
import { durationMs } from '../core/duration.js'
import { MeshError } from '../core/errors.js'
import type { MeshEvents } from '../core/events.js'
import { Observer } from '../core/observer.js'
import type { ServerCall } from '../core/server-call.js'
import type { RateLimitDecision, WindowUsage } from './decision.js'
import { compileKey, type KeyOf } from './key.js'
import { MemoryStore } from './memory-store.js'
import type { RateLimitOptions } from './options.js'
import type { RedisClient } from './redis-client.js'
import { type RedisCount, RedisStore } from './redis-store.js'
import { Refusals } from './refusals.js'
import { type StoreFailure, storeFailure } from './store-failure.js'
import { StoreGate } from './store-gate.js'
import { compileWindows, type LimitWindow } from './windows.js'

/** What a limiter is given beside its options. */
export interface RateLimitDeps {
  /** Default: this machine's. */
  clock?: Clock | undefined
  /** Is told every decision and every failure of the store. Default: nobody. */
  observer?: Observer | undefined
  /** The client that `store: 'redis'` means. */
  redis?: RedisClient | undefined
  /** Sets the counters in Redis apart from those of other workloads that use the same policy name. */
  scope?: string | undefined
  /**
   * Counters that outlive this limiter: handed to its successor when the config changes.
   *
   * @internal
   */
  memory?: MemoryStore | undefined
}

const uncounted: RateLimitDecision = { allowed: true, backend: 'local', windows: [], refusedBy: undefined }
const gates = new WeakMap<RedisClient, StoreGate>()

function gateOf(client: RedisClient): StoreGate {
  let gate = gates.get(client)
  if (gate === undefined) {
    gate = new StoreGate()
    gates.set(client, gate)
  }
  return gate
}

/** Under which name counters live on when a config changes: whose calls and which windows, not how many. */
export function rateLimitIdentity(options: RateLimitOptions): string {
  const windows = compileWindows(options).map((window) => `${window.label}${window.calendar ? '' : '+'}`)
  return JSON.stringify([options.name ?? 'default', options.by ?? 'ip', windows])
}

/**
 * A policy at work: decides on one call at a time. In memory it decides at once; through Redis within `storeTimeout`,
 * and whatever Redis does is never a refusal of its own nor an internal error.
 */
export class RateLimiter {
  readonly name: string
  readonly #clock: Clock
  readonly #observer: Observer
  readonly #windows: readonly LimitWindow[]
  readonly #keyOf: KeyOf
  readonly #memory: MemoryStore
  readonly #maxKeys: number
  readonly #usesRedis: boolean
  readonly #redis: RedisStore | undefined
  readonly #refusals: Refusals
  readonly #gate: StoreGate
  readonly #wheel: DeadlineWheel
  readonly #timeoutMs: number
  readonly #failureMode: 'open' | 'closed' | 'local'
  readonly #prefix: string
  /** What is said of nearly every call, made once. */
  readonly #allowedHere: MeshEvents['rate-limit']

  constructor(options: RateLimitOptions, deps: RateLimitDeps = {}) {
    this.name = options.name ?? 'default'
    this.#allowedHere = Object.freeze({ policy: this.name, decision: 'allowed', backend: 'memory' })
    this.#clock = deps.clock ?? systemClock
    this.#observer = deps.observer ?? new Observer()
    this.#windows = compileWindows(options)
    this.#keyOf = compileKey(options.by ?? 'ip')
    this.#memory = deps.memory ?? new MemoryStore()
    this.#maxKeys = options.maxKeys ?? 100_000
    const store = options.store ?? 'memory'
    const client = store === 'redis' ? deps.redis : store === 'memory' ? undefined : store
    this.#usesRedis = store !== 'memory'
    this.#redis = client === undefined ? undefined : new RedisStore(client)
    this.#refusals = new Refusals(this.#maxKeys)
    this.#gate = client === undefined ? new StoreGate() : gateOf(client)
    this.#wheel = deadlineWheel(this.#clock)
    this.#timeoutMs = durationMs(options.storeTimeout) ?? 20
    this.#failureMode = options.failureMode ?? 'local'
    this.#prefix = `sidecarless:${encodeURIComponent(deps.scope ?? '')}:${encodeURIComponent(this.name)}`
    // A failure to load is told by the first decision, which waits for it.
    this.#redis?.load().catch(() => {})
  }

  /** Counts a call. Throws or rejects with `ERR_MESH_UNAVAILABLE` only when the store fails and the mode is `closed`. */
  consume(call: ServerCall): RateLimitDecision | Promise<RateLimitDecision> {
    const key = this.#keyOf(call)
    if (!this.#usesRedis) return this.#decided(this.#countHere(key, 'memory'))
    if (this.#redis === undefined) return this.#withoutStore(key, 'missing')
    const now = this.#clock.now()
    const refused = this.#refusals.find(key, now)
    if (refused !== undefined) return this.#decided(refused)
    if (!this.#gate.enter(now)) return this.#withoutStore(key, 'timeout')
    return this.#askRedis(this.#redis, key)
  }

  #countHere(key: string, backend: 'memory' | 'local'): RateLimitDecision {
    return this.#memory.consume(key, this.#windows, this.#clock, this.#maxKeys, backend)
  }

  #decided(decision: RateLimitDecision): RateLimitDecision {
    const { allowed, backend } = decision
    this.#observer.emit(
      'rate-limit',
      allowed && backend === 'memory'
        ? this.#allowedHere
        : { policy: this.name, decision: allowed ? 'allowed' : 'limited', backend },
    )
    return decision
  }

  #withoutStore(key: string, kind: StoreFailure): RateLimitDecision {
    this.#observer.emit('limit-store', { policy: this.name, mode: this.#failureMode, kind })
    if (this.#failureMode === 'closed')
      throw new MeshError('ERR_MESH_UNAVAILABLE', 'the rate limit could not be checked', {
        detail: 'rate_limit_store_failed',
        flag: 'RLSE',
      })
    return this.#decided(this.#failureMode === 'open' ? uncounted : this.#countHere(key, 'local'))
  }

  async #askRedis(redis: RedisStore, key: string): Promise<RateLimitDecision> {
    let counts: readonly RedisCount[] | undefined
    try {
      if (!redis.loaded) await redis.load()
      counts = await this.#inTime(redis.consume(`${this.#prefix}:{${key}}`, this.#windows, this.#clock))
    } catch (error) {
      // It answered, if badly: nobody has to wait for it.
      this.#gate.succeeded()
      return this.#withoutStore(key, storeFailure(error))
    }
    if (counts === undefined) {
      this.#gate.failed(this.#clock.now())
      return this.#withoutStore(key, 'timeout')
    }
    this.#gate.succeeded()
    const decision = this.#judge(counts)
    this.#refusals.keep(key, decision, this.#clock.now())
    return this.#decided(decision)
  }

  /** Undefined when time is up; what arrives later is ignored, what has already arrived behind a busy loop is not. */
  #inTime<T>(work: Promise<T>): Promise<T | undefined> {
    return new Promise((resolve, reject) => {
      const late = { expire: () => void setImmediate(resolve, undefined) }
      const now = this.#clock.now()
      const armed = this.#wheel.arm(now + this.#timeoutMs, late, now)
      work.then(
        (value) => {
          armed.release()
          resolve(value)
        },
        (error: unknown) => {
          armed.release()
          reject(error)
        },
      )
    })
  }

  #judge(counts: readonly RedisCount[]): RateLimitDecision {
    let refusedBy: WindowUsage | undefined
    const windows = this.#windows.map(({ label, limit, lengthMs }, i) => {
      const { consumed, resetMs } = counts[i] ?? { consumed: 0, resetMs: 0 }
      const remaining = Math.min(limit, Math.max(0, limit - consumed))
      const usage: WindowUsage = { label, limit, lengthMs, remaining, resetMs }
      if (consumed > limit && (refusedBy === undefined || resetMs > refusedBy.resetMs)) refusedBy = usage
      return usage
    })
    return { allowed: refusedBy === undefined, backend: 'redis', windows, refusedBy }
  }
}
