import { type Clock, systemClock } from '../core/clock.js'
import { type DeadlineWheel, deadlineWheel } from '../core/deadline.js'
import { durationMs } from '../core/duration.js'
import { MeshError } from '../core/errors.js'
import type { MeshEvents } from '../core/events.js'
import { Observer } from '../core/observer.js'
import type { ServerCall } from '../core/server-call.js'
import type { RateLimitDecision } from './decision.js'
import { compileKey, type KeyOf, keyName } from './key.js'
import { MemoryStore } from './memory-store.js'
import type { RateLimitBy, RateLimitOptions } from './options.js'
import { type Conclude, type Judge, Question } from './question.js'
import type { RedisClient } from './redis-client.js'
import { RedisStore } from './redis-store.js'
import { Refusals } from './refusals.js'
import { type StoreFailure, storeError, storeFailure } from './store-failure.js'
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
const gates = new WeakMap<RedisClient, Map<number, StoreGate>>()

/** One for a client and a time that it is given: what is too slow for 5 ms may be in time for 2 s. */
function gateOf(client: RedisClient, timeoutMs: number): StoreGate {
  let byTimeout = gates.get(client)
  if (byTimeout === undefined) {
    byTimeout = new Map()
    gates.set(client, byTimeout)
  }
  let gate = byTimeout.get(timeoutMs)
  if (gate === undefined) {
    gate = new StoreGate()
    byTimeout.set(timeoutMs, gate)
  }
  return gate
}

/** Under which name counters live on when a config changes: whose calls and which windows, not how many. */
export function rateLimitIdentity(options: RateLimitOptions): string {
  const windows = compileWindows(options).map((window) => `${window.label}${window.calendar ? '' : '+'}`)
  return JSON.stringify([options.name ?? 'default', keyName(options.by ?? 'ip'), windows])
}

/** Policies that count for different clients share nothing, though some of their keys are the same. */
function redisPrefix(scope: string, name: string, by: RateLimitBy): string {
  const prefix = `sidecarless:${encodeURIComponent(scope)}:${encodeURIComponent(name)}`
  return by === 'ip' ? prefix : `${prefix}:${encodeURIComponent(keyName(by))}`
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
  readonly #judge: Judge
  /** What is said of nearly every call, made once. */
  readonly #allowed: Readonly<Record<RateLimitDecision['backend'], MeshEvents['rate-limit']>>

  constructor(options: RateLimitOptions, deps: RateLimitDeps = {}) {
    this.name = options.name ?? 'default'
    const allowedBy = (backend: RateLimitDecision['backend']): MeshEvents['rate-limit'] =>
      Object.freeze({ policy: this.name, decision: 'allowed', backend })
    this.#allowed = { memory: allowedBy('memory'), redis: allowedBy('redis'), local: allowedBy('local') }
    this.#clock = deps.clock ?? systemClock
    this.#observer = deps.observer ?? new Observer()
    this.#windows = compileWindows(options)
    const by = options.by ?? 'ip'
    this.#keyOf = compileKey(by)
    this.#memory = deps.memory ?? new MemoryStore()
    this.#maxKeys = options.maxKeys ?? 100_000
    const store = options.store ?? 'memory'
    const client = store === 'redis' ? deps.redis : store === 'memory' ? undefined : store
    this.#usesRedis = store !== 'memory'
    const prefix = redisPrefix(deps.scope ?? '', this.name, by)
    this.#redis = client === undefined ? undefined : new RedisStore(client, this.#windows, prefix)
    this.#refusals = new Refusals(this.#maxKeys)
    this.#timeoutMs = durationMs(options.storeTimeout) ?? 20
    this.#gate = client === undefined ? new StoreGate() : gateOf(client, this.#timeoutMs)
    this.#wheel = deadlineWheel(this.#clock)
    this.#failureMode = options.failureMode ?? 'local'
    this.#judge = {
      counted: (key, decision) => this.#counted(key, decision),
      failed: (key, error) => this.#storeFailed(key, error),
      unanswered: (key) => this.#unanswered(key),
    }
    // A failure to load is told by the first decision, which waits for it.
    this.#redis?.load().catch(() => {})
  }

  /**
   * Counts a call and concludes it. Besides what `conclude` throws, this throws or rejects with `ERR_MESH_UNAVAILABLE`,
   * and only when the store fails and the mode is `closed`.
   */
  consume<T>(call: ServerCall, conclude: Conclude<T>): T | Promise<T> {
    const key = this.#keyOf(call)
    if (!this.#usesRedis) return conclude(this.#decided(this.#countHere(key, 'memory')), call)
    if (this.#redis === undefined) return conclude(this.#withoutStore(key, 'missing'), call)
    const now = this.#clock.now()
    const refused = this.#refusals.find(key, now)
    if (refused !== undefined) return conclude(this.#decided(refused), call)
    if (!this.#gate.enter(now)) return conclude(this.#withoutStore(key, 'timeout'), call)
    return this.#askRedis(this.#redis, key, now, call, conclude)
  }

  #countHere(key: string, backend: 'memory' | 'local'): RateLimitDecision {
    return this.#memory.consume(key, this.#windows, this.#clock, this.#maxKeys, backend)
  }

  #decided(decision: RateLimitDecision): RateLimitDecision {
    const { allowed, backend } = decision
    this.#observer.emit(
      'rate-limit',
      allowed ? this.#allowed[backend] : { policy: this.name, decision: 'limited', backend },
    )
    return decision
  }

  #withoutStore(key: string, kind: StoreFailure, error?: Error): RateLimitDecision {
    this.#observer.emit('limit-store', { policy: this.name, mode: this.#failureMode, kind, error })
    if (this.#failureMode === 'closed')
      throw new MeshError('ERR_MESH_UNAVAILABLE', 'the rate limit could not be checked', {
        detail: 'rate_limit_store_failed',
        flag: 'RLSE',
      })
    return this.#decided(this.#failureMode === 'open' ? uncounted : this.#countHere(key, 'local'))
  }

  #askRedis<T>(redis: RedisStore, key: string, now: number, call: ServerCall, conclude: Conclude<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const waiting = { call, conclude, resolve, reject }
      const question = new Question(this.#judge, key, this.#windows.length, waiting)
      if (redis.loaded) this.#ask(redis, key, now, question)
      else
        redis.load().then(
          () => this.#ask(redis, key, this.#clock.now(), question),
          (error) => question.failed(error),
        )
    })
  }

  #ask<T>(redis: RedisStore, key: string, now: number, question: Question<T>): void {
    this.#wheel.arm(now + this.#timeoutMs, question, now)
    try {
      redis.count(key, this.#clock, question)
    } catch (error) {
      question.failed(error)
    }
  }

  #counted(key: string, decision: RateLimitDecision): RateLimitDecision {
    this.#gate.succeeded()
    if (!decision.allowed) this.#refusals.keep(key, decision, this.#clock.now())
    return this.#decided(decision)
  }

  /** It answered, if badly: nobody has to wait for it. */
  #storeFailed(key: string, error: unknown): RateLimitDecision {
    this.#gate.succeeded()
    const kind = storeFailure(error)
    return this.#withoutStore(key, kind, storeError(error, kind === 'down' ? this.#redis?.trouble : undefined))
  }

  #unanswered(key: string): RateLimitDecision {
    this.#gate.failed(this.#clock.now())
    return this.#withoutStore(key, 'timeout')
  }
}
