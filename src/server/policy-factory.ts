import { apiKey } from '../auth/api-key/index.js'
import type { ApiKeyOptions } from '../auth/api-key/options.js'
import { type AuthorizationPolicy, authorize } from '../auth/authorization/index.js'
import type { ConsumerStore } from '../auth/consumers.js'
import { type JwtOptions, jwt, jwtAuthentication, KeySets } from '../auth/jwt/index.js'
import type { Clock } from '../core/clock.js'
import type { Interceptor } from '../core/interceptor.js'
import { KeyedState } from '../core/keyed-state.js'
import type { Observer } from '../core/observer.js'
import type { ServerCall } from '../core/server-call.js'
import { cors } from '../edge/cors/index.js'
import type { CorsOptions } from '../edge/cors/options.js'
import { limitBy } from '../rate-limit/interceptor.js'
import { RateLimiter, rateLimitIdentity } from '../rate-limit/limiter.js'
import { MemoryStore } from '../rate-limit/memory-store.js'
import type { RateLimitOptions } from '../rate-limit/options.js'
import type { RedisClient } from '../rate-limit/redis-client.js'

/** What server policies need from the mesh. */
export interface PolicyDeps {
  readonly clock: Clock
  readonly observer: Observer
  readonly redis: RedisClient | undefined
  /** Sets this workload's counters apart from others' in a shared Redis. */
  readonly scope: string
}

/**
 * Makes the policies of the server side from validated options, around the state that outlives them: key sets and
 * counters. What a new config does not name any more is dropped by `settle`.
 */
export class PolicyFactory {
  readonly #deps: PolicyDeps
  readonly #keySets: KeySets
  readonly #counters = new KeyedState<MemoryStore>()
  #jwtInUse: JwtOptions[] = []
  #countersInUse = new Set<string>()
  #settled: { readonly jwt: JwtOptions[]; readonly counters: Set<string> } = { jwt: [], counters: new Set() }

  constructor(deps: PolicyDeps) {
    this.#deps = deps
    this.#keySets = new KeySets(deps)
  }

  cors(options: CorsOptions): Interceptor<ServerCall> {
    return cors(options)
  }

  /** Several issuers of one place: the token's own issuer decides which of them judges it. */
  jwt(options: readonly JwtOptions[], consumers: ConsumerStore): Interceptor<ServerCall> {
    this.#jwtInUse.push(...options)
    const deps = { ...this.#deps, keySets: this.#keySets }
    const [only] = options
    if (only?.dialect === 'kong') return jwt(only, { ...deps, consumers })
    return jwtAuthentication(options, deps)
  }

  apiKey(options: ApiKeyOptions, consumers: ConsumerStore): Interceptor<ServerCall> {
    return apiKey(options, { observer: this.#deps.observer, consumers })
  }

  authorization(policies: readonly AuthorizationPolicy[]): Interceptor<ServerCall> {
    return authorize(policies, this.#deps)
  }

  /** `place` keeps the counters of equal policies in different places apart. */
  rateLimit(options: RateLimitOptions, place: string): Interceptor<ServerCall> {
    const key = `${place} ${rateLimitIdentity(options)}`
    this.#countersInUse.add(key)
    const memory = this.#counters.ensure(key, () => new MemoryStore())
    const { clock, observer, redis, scope } = this.#deps
    return limitBy(new RateLimiter(options, { clock, observer, redis, scope: `${scope}/${place}`, memory }), options)
  }

  /** The policies made since the last call serve now; drops the state of the others. */
  settle(): void {
    this.#settled = { jwt: this.#jwtInUse, counters: this.#countersInUse }
    this.abandon()
  }

  /** The policies made since then will not serve; drops their state. */
  abandon(): void {
    this.#keySets.retain(this.#settled.jwt)
    this.#counters.retain(this.#settled.counters)
    this.#jwtInUse = []
    this.#countersInUse = new Set()
  }

  /** Resolves once every key set has keys. */
  ready(): Promise<void> {
    return this.#keySets.ready()
  }

  close(): void {
    this.#keySets.close()
  }
}
