import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import { type DeadlineWheel, deadlineWheel } from '../../core/deadline.js'
import { MeshError } from '../../core/errors.js'
import { Held } from '../../core/held.js'
import type { Observer } from '../../core/observer.js'
import type { Random } from '../../core/random.js'
import { adaptiveLimit } from './adaptive-algorithm.js'
import type { AdaptiveLimit } from './adaptive-limit.js'
import type { LimitsOptions } from './options.js'
import { Permits } from './permits.js'
import { Waiter } from './waiter.js'
import { Widening } from './widening.js'

/** What a limiter is told from outside. */
export interface LimiterDeps {
  /** Tells when the deadline of a call that waits has passed. */
  readonly clock: Clock
  /** Is told every refusal. */
  readonly observer: Observer
  /** Spreads what an adaptive limit measures. */
  readonly random: Random
}

/** Envoy's default for `max_pending_requests`. */
const defaultPending = 1024

function overflow(call: ClientCall, limit: string): MeshError {
  return new MeshError('ERR_MESH_OVERFLOW', `${call.callee}: too many calls under way (${limit})`, {
    service: call.service,
    detail: 'upstream_reset_before_response_started{overflow}',
    body: 'upstream connect error or disconnect/reset before headers. reset reason: overflow',
    headers: { 'x-envoy-overloaded': 'true' },
  })
}

/**
 * The permits of one destination. A permit belongs to nobody in particular - giving one back is `release` on the
 * limiter itself - so a call that finds one free costs two comparisons and no object. It is held until the reply body has
 * ended: a call that still reads still uses its connection. An adaptive limit counts calls until they are answered.
 */
export class Limiter extends Held {
  /** Retries under way, for the retry policy; undefined when they are not limited. */
  readonly retries: Permits | undefined
  /** Undefined where the limit is fixed. */
  readonly adaptive: AdaptiveLimit | undefined
  /** Only reports. */
  readonly observes: boolean
  readonly #maxActive: number
  readonly #maxWaiting: number
  readonly #maxTogether: number
  readonly #observer: Observer
  readonly #wheel: DeadlineWheel
  readonly #queue = new Set<Waiter>()
  readonly #widening: Widening
  #active = 0
  /** Those of them that have no reply yet, where the limit is adaptive. */
  #unanswered = 0

  constructor(options: LimitsOptions, deps: LimiterDeps) {
    super()
    this.#maxActive = options.maxConnections ?? Number.POSITIVE_INFINITY
    this.#maxWaiting = options.maxPendingRequests ?? defaultPending
    this.#maxTogether = options.maxRequests ?? Number.POSITIVE_INFINITY
    this.adaptive = options.adaptive === undefined ? undefined : adaptiveLimit(options.adaptive, deps)
    this.observes = options.mode === 'observe'
    this.#observer = deps.observer
    if (options.maxRetries === undefined) this.retries = undefined
    else this.retries = new Permits(options.maxRetries, this.observes ? this.#report : undefined)
    this.#wheel = deadlineWheel(deps.clock)
    this.#widening = new Widening(this.#wheel, this.adaptive, () => this.#grant())
  }

  /** Calls that have a permit. */
  get active(): number {
    return this.#active
  }

  /** Calls that an adaptive limit counts; where the limiter only observes, no more than it would have let through. */
  get underWay(): number {
    return this.observes ? Math.min(this.#unanswered, this.adaptive?.current ?? 0) : this.#unanswered
  }

  /** Calls that wait for a permit. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Takes a permit if one is free; when there are more from now on, those who wait go first. */
  tryAcquire(): boolean {
    if (this.#take()) return true
    if (this.adaptive === undefined) return false
    this.#grant()
    return this.#queue.size === 0 && this.#takeAdded()
  }

  #isFull(): boolean {
    return this.#active >= this.#maxActive || this.#active >= this.#maxTogether
  }

  #take(): boolean {
    if (this.#isFull()) return false
    if (this.adaptive !== undefined) {
      if (this.#unanswered >= this.adaptive.current) return false
      this.#unanswered++
    }
    this.#active++
    return true
  }

  /** Takes a permit that was not there, if the limit widens. */
  #takeAdded(): boolean {
    if (this.#take()) return true
    return !this.#isFull() && this.adaptive?.widens?.(this.#unanswered) === true && this.#take()
  }

  /** Takes a permit that there is not, where the limiter only observes, and reports what would have become of the call. */
  exceed(call: ClientCall): void {
    this.#report(call, this.#wouldWait() ? 'wait' : 'refuse')
    if (this.adaptive !== undefined) this.#unanswered++
    this.#active++
  }

  readonly #report = ({ service }: ClientCall, action: 'wait' | 'refuse' = 'refuse'): void => {
    this.#observer.emit('observed', { service, policy: 'limits', action })
  }

  #wouldWait(): boolean {
    if (this.#active >= this.#maxTogether && this.#maxTogether < this.#maxActive) return false
    const limit = this.adaptive?.current ?? Number.POSITIVE_INFINITY
    return Math.max(this.#active - this.#maxActive, this.#unanswered - limit) < this.#maxWaiting
  }

  /**
   * Waits for a permit, after `tryAcquire` found none. Rejects with `ERR_MESH_OVERFLOW` when too many wait already,
   * and when the call is cancelled or its deadline passes before its turn has come.
   */
  acquire(call: ClientCall): Promise<void> {
    if (call.cancelled) return Promise.reject(call.reason)
    // What waits for a connection is no request yet, as Envoy counts: it is asked for when there is a connection.
    if (this.#active >= this.#maxTogether && this.#active < this.#maxActive) return this.#refuse(call, 'maxRequests')
    if (this.#queue.size >= this.#maxWaiting) return this.#refuse(call, 'maxPendingRequests')
    return new Promise((grant, refuse) => {
      const waiter = new Waiter(call, this.#queue, grant, refuse)
      this.#queue.add(waiter)
      if (call.deadline !== Number.POSITIVE_INFINITY) waiter.armed = this.#wheel.arm(call.deadline, waiter)
      call.attach(waiter)
      if (!this.#isFull()) this.#widening.await()
    })
  }

  #refuse(call: ClientCall, limit: string): Promise<never> {
    this.#observer.emit('overflow', { service: call.service, limit })
    return Promise.reject(overflow(call, limit))
  }

  /** A call under an adaptive limit has its reply, or will have none. */
  answered(): void {
    this.#unanswered--
    this.#grant()
  }

  /** Gives a permit back; it goes to whoever has waited longest. */
  release(): void {
    this.#active--
    this.#grant()
  }

  #grant(): void {
    if (this.#queue.size === 0) return
    while (this.#queue.size > 0 && this.#takeAdded()) {
      const [longest] = this.#queue
      longest?.grant()
    }
    if (this.#queue.size === 0) this.#widening.rest()
    else if (!this.#isFull()) this.#widening.await()
  }
}
