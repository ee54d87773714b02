import { apiKey } from '../auth/api-key/index.js'
import type { ApiKeyOptions } from '../auth/api-key/options.js'
import { type AuthorizationPolicy, authorize } from '../auth/authorization/index.js'
import type { ConsumerStore } from '../auth/consumers.js'
import { type JwtOptions, jwt, jwtAuthentication, KeySets } from '../auth/jwt/index.js'
import type { Classifier } from '../core/classifier.js'
import type { Clock } from '../core/clock.js'
import type { Interceptor } from '../core/interceptor.js'
import { KeyedState } from '../core/keyed-state.js'
import type { Observer } from '../core/observer.js'
import type { Random } from '../core/random.js'
import type { ServerCall } from '../core/server-call.js'
import { cors } from '../edge/cors/index.js'
import type { CorsOptions } from '../edge/cors/options.js'
import { limitBy } from '../rate-limit/interceptor.js'
import { RateLimiter, rateLimitIdentity } from '../rate-limit/limiter.js'
import { MemoryStore } from '../rate-limit/memory-store.js'
import type { RateLimitOptions } from '../rate-limit/options.js'
import type { RedisClient } from '../rate-limit/redis-client.js'
import {
  type AdmissionOptions,
  type InboundConcurrencyOptions,
  serverAdmissionStage,
  serverConcurrencyStage,
} from '../resilience/concurrency/index.js'

/** What server policies need from the mesh. */
export interface PolicyDeps {
  readonly clock: Clock
  readonly observer: Observer
  readonly random: Random
  readonly classifier: Classifier
  readonly redis: RedisClient | undefined
  /** Sets this workload's counters apart from others' in a shared Redis. */
  readonly scope: string
}

/** State that policies were made around, by what names it. */
interface InUse {
  readonly jwt: JwtOptions[]
  readonly counters: Set<string>
  readonly overload: Set<string>
}

function nothingInUse(): InUse {
  return { jwt: [], counters: new Set(), overload: new Set() }
}

/**
 * Makes the policies of the server side from validated options, around the state that outlives them: key sets and
 * counters. What a new config does not name any more is dropped by `settle`.
 */
export class PolicyFactory {
  readonly #deps: PolicyDeps
  readonly #keySets: KeySets
  readonly #counters = new KeyedState<MemoryStore>()
  readonly #overload = new KeyedState<Interceptor<ServerCall>>()
  #inUse: InUse = nothingInUse()
  #settled: InUse = nothingInUse()

  constructor(deps: PolicyDeps) {
    this.#deps = deps
    this.#keySets = new KeySets(deps)
  }

  cors(options: CorsOptions): Interceptor<ServerCall> {
    return cors(options)
  }

  /** Several issuers of one place: the token's own issuer decides which of them judges it. */
  jwt(options: readonly JwtOptions[], consumers: ConsumerStore): Interceptor<ServerCall> {
    this.#inUse.jwt.push(...options)
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

  /** One for all rings of the process: a place that a request of the gateway takes is a place. */
  concurrency(options: InboundConcurrencyOptions): Interceptor<ServerCall> {
    return this.#kept('concurrency', options, () => serverConcurrencyStage(options, this.#deps))
  }

  /** One for all rings of the process. */
  admission(options: AdmissionOptions): Interceptor<ServerCall> {
    return this.#kept('admission', options, () => serverAdmissionStage(options, this.#deps))
  }

  #kept(name: string, options: object, make: () => Interceptor<ServerCall>): Interceptor<ServerCall> {
    const key = `${name} ${JSON.stringify(options)}`
    this.#inUse.overload.add(key)
    return this.#overload.ensure(key, make)
  }

  /** `place` keeps the counters of equal policies in different places apart. */
  rateLimit(options: RateLimitOptions, place: string): Interceptor<ServerCall> {
    const key = `${place} ${rateLimitIdentity(options)}`
    this.#inUse.counters.add(key)
    const memory = this.#counters.ensure(key, () => new MemoryStore())
    const { clock, observer, redis, scope } = this.#deps
    return limitBy(new RateLimiter(options, { clock, observer, redis, scope: `${scope}/${place}`, memory }), options)
  }

  /** The policies made since the last call serve now; drops the state of the others. */
  settle(): void {
    this.#settled = this.#inUse
    this.abandon()
  }

  /** The policies made since then will not serve; drops their state. */
  abandon(): void {
    this.#keySets.retain(this.#settled.jwt)
    this.#counters.retain(this.#settled.counters)
    this.#overload.retain(this.#settled.overload)
    this.#inUse = nothingInUse()
  }

  /** Resolves once every key set has keys. */
  ready(): Promise<void> {
    return this.#keySets.ready()
  }

  close(): void {
    this.#keySets.close()
  }
}
