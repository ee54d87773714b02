import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import type { Handler } from '../../core/interceptor.js'
import type { Observer } from '../../core/observer.js'
import type { Random } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'
import { type HealthCheckOptions, type HealthCheckSettings, healthCheckSettings } from './options.js'
import { HealthSession } from './session.js'

/** The endpoints that are checked. */
export interface CheckedPool {
  readonly name: string
  readonly endpoints: readonly Endpoint[]
  get(id: string): Endpoint | undefined
  /** Takes an endpoint out of the balancing, or brings it back. */
  setHealth(endpoint: Endpoint, healthy: boolean): void
}

/** What a checker is given. */
export interface HealthCheckerDeps {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  /** Sends to the endpoint of the call, past all rings. */
  readonly send: Handler<ClientCall>
}

/** The first check of every endpoint that a service began with. */
class FirstRound {
  readonly ended: Promise<void>
  readonly #waiting: Set<Endpoint>
  #end: () => void = () => {}

  constructor(endpoints: readonly Endpoint[]) {
    this.#waiting = new Set(endpoints)
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** The endpoint was checked, or could not be, or has left; tells whether it was the last. */
  without(endpoint: Endpoint): boolean {
    this.#waiting.delete(endpoint)
    if (this.#waiting.size > 0) return false
    this.#end()
    return true
  }
}

/**
 * Asks every endpoint of a cluster, again and again, whether it is well (Envoy's HTTP health checks). An endpoint that
 * joins takes calls once it has passed; one that was there before the checks stays in until it fails. The first calls of
 * a service wait for its first round: `pending`.
 */
export class HealthChecker {
  readonly #pool: CheckedPool
  readonly #deps: HealthCheckerDeps
  readonly #sessions = new Map<Endpoint, HealthSession>()
  #options: string | undefined = undefined
  #settings: HealthCheckSettings | undefined = undefined
  #begun = false
  #round: FirstRound | undefined = undefined

  constructor(pool: CheckedPool, deps: HealthCheckerDeps) {
    this.#pool = pool
    this.#deps = deps
  }

  /** What the first calls wait for; undefined once every endpoint of the beginning was checked. */
  get pending(): Promise<void> | undefined {
    return this.#round?.ended
  }

  /** Sets or changes the policy; undefined brings every endpoint back. Endpoints keep what is known of their health. */
  configure(options: HealthCheckOptions | undefined): void {
    const text = JSON.stringify(options)
    if (text === this.#options) return
    this.#options = text
    this.#settings = options === undefined ? undefined : healthCheckSettings(options)
    for (const endpoint of [...this.#sessions.keys()]) this.#drop(endpoint)
    if (options === undefined)
      for (const endpoint of this.#pool.endpoints) if (endpoint.unhealthy) this.#decide(endpoint, true, 'disabled')
    for (const endpoint of this.#pool.endpoints) this.#start(endpoint)
  }

  /** Follows the endpoints: to be called after each change of them, before anybody can pick one. */
  refresh(): void {
    const { endpoints } = this.#pool
    for (const endpoint of [...this.#sessions.keys()]) if (endpoint.gone) this.#drop(endpoint)
    const joined = this.#settings === undefined ? [] : endpoints.filter((endpoint) => !this.#sessions.has(endpoint))
    for (const endpoint of joined) this.#pool.setHealth(endpoint, false)
    if (!this.#begun && joined.length > 0) this.#round = new FirstRound(joined)
    if (endpoints.length > 0) this.#begun = true
    for (const endpoint of joined) this.#start(endpoint)
  }

  /** A reply asked to be called no more: the endpoint is out until checks pass again. */
  fail(id: string): void {
    const endpoint = this.#pool.get(id)
    const session = endpoint === undefined ? undefined : this.#sessions.get(endpoint)
    if (endpoint === undefined || session === undefined || endpoint.unhealthy) return
    session.restart()
    this.#decide(endpoint, false, 'immediate')
  }

  #start(endpoint: Endpoint): void {
    if (this.#settings === undefined) return
    const { clock, random, send } = this.#deps
    const session = new HealthSession(endpoint, {
      clock,
      random,
      send,
      service: this.#pool.name,
      settings: this.#settings,
      onDecided: this.#decide,
      onUnknown: this.#judged,
    })
    this.#sessions.set(endpoint, session)
    session.check()
  }

  /** Every check that passes is passed on: it ends an ejection, too. */
  readonly #decide = (endpoint: Endpoint, healthy: boolean, reason: string): void => {
    const news = endpoint.unhealthy === healthy
    this.#pool.setHealth(endpoint, healthy)
    this.#judged(endpoint)
    if (!news) return
    this.#deps.observer.emit('health-check', { service: this.#pool.name, endpoint: endpoint.id, healthy, reason })
  }

  #drop(endpoint: Endpoint): void {
    this.#sessions.get(endpoint)?.stop()
    this.#sessions.delete(endpoint)
    this.#judged(endpoint)
  }

  /** Nobody waits for it any more. */
  readonly #judged = (endpoint: Endpoint): void => {
    if (this.#round?.without(endpoint) === true) this.#round = undefined
  }

  /** Ends all checks, and the waiting for them. */
  close(): void {
    for (const endpoint of [...this.#sessions.keys()]) this.#drop(endpoint)
    this.#settings = undefined
    this.#options = undefined
  }
}
