import type { Clock } from '../../core/clock.js'
import { type DeadlineWheel, deadlineWheel } from '../../core/deadline.js'
import { durationMs } from '../../core/duration.js'
import type { MeshError } from '../../core/errors.js'
import type { Releasable } from '../../core/lease.js'
import type { ServerCall } from '../../core/server-call.js'
import { adaptiveLimit } from './adaptive-algorithm.js'
import type { AdaptiveDeps, AdaptiveLimit } from './adaptive-limit.js'
import { LoopLag } from './loop-lag.js'
import { normalUrgency, urgencyOf } from './priority.js'
import { RequestWaiter } from './request-waiter.js'
import type { InboundConcurrencyOptions } from './server-options.js'
import { WaitingLine } from './waiting-line.js'
import { Widening } from './widening.js'

/** Why a request was refused: bounded, for metrics. */
export type ShedReason = 'event-loop' | 'queue-full' | 'queue-time' | 'outranked'

/**
 * The requests that a process works on, and those that wait. A queue that has not been empty for `interval` is no burst
 * but overload: then nobody waits longer than `target`, so that what is worked on is fresh (CoDel).
 */
export class RequestLimiter implements Releasable {
  readonly adaptive: AdaptiveLimit | undefined
  readonly #clock: Clock
  readonly #wheel: DeadlineWheel
  readonly #limit: number
  readonly #size: number
  readonly #targetMs: number
  readonly #intervalMs: number
  readonly #lagMs: number
  readonly #lag: LoopLag
  readonly #ranks: boolean
  readonly #observes: boolean
  readonly #line = new WaitingLine<RequestWaiter>()
  readonly #widening: Widening
  #emptyAtMs: number
  #active = 0

  constructor(options: InboundConcurrencyOptions, deps: AdaptiveDeps) {
    const { queue = {} } = options
    this.#clock = deps.clock
    this.#wheel = deadlineWheel(deps.clock)
    this.adaptive = options.adaptive === undefined ? undefined : adaptiveLimit(options.adaptive, deps)
    this.#limit = options.limit ?? Number.POSITIVE_INFINITY
    this.#size = queue.size ?? 100
    this.#targetMs = durationMs(queue.target) ?? 5
    this.#intervalMs = durationMs(queue.interval) ?? 100
    this.#lagMs = durationMs(options.eventLoopLag) ?? Number.POSITIVE_INFINITY
    this.#lag = new LoopLag(deps.clock)
    this.#ranks = options.priority === 'header'
    this.#observes = options.mode === 'observe'
    this.#emptyAtMs = deps.clock.now()
    this.#widening = new Widening(this.#wheel, this.adaptive, () => this.#grant())
  }

  /** Requests that are worked on; those under an adaptive limit until their answers begin. */
  get active(): number {
    return this.#active
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#line.size
  }

  /** Why the next request would be refused or have to wait; undefined if it can go on at once. */
  get trouble(): ShedReason | 'wait' | undefined {
    if (this.#lagMs !== Number.POSITIVE_INFINITY && this.#lag.now > this.#lagMs) return 'event-loop'
    if (this.#hasPlace()) return undefined
    this.#grant()
    if (this.#line.size === 0 && this.#widens()) return undefined
    const limit = this.adaptive?.current ?? this.#limit
    const waiting = this.#observes ? this.#active - limit : this.#line.size
    return waiting >= this.#size ? 'queue-full' : 'wait'
  }

  #hasPlace(): boolean {
    return this.#active < (this.adaptive?.current ?? this.#limit)
  }

  #widens(): boolean {
    return this.#hasPlace() || this.adaptive?.widens?.(this.#active) === true
  }

  /** Requests that are worked on, for an adaptive limit: where it only observes, no more than it would have let through. */
  get underWay(): number {
    return this.#observes ? Math.min(this.#active, this.adaptive?.current ?? this.#active) : this.#active
  }

  /** Begins a request. */
  enter(): void {
    this.#active++
  }

  /** The place of a less urgent request that waits, which is refused for it; false if there is none. */
  outrank(call: ServerCall, refusal: (reason: ShedReason) => MeshError): boolean {
    if (!this.#ranks) return false
    const loser = this.#line.lessUrgentThan(urgencyOf(call.headers))
    loser?.cancel(refusal('outranked'))
    return loser !== undefined
  }

  /** Waits for another request to end, and then begins this one. Rejects with a refusal, or when the client goes away. */
  wait(call: ServerCall, refusal: (reason: ShedReason) => MeshError): Promise<void> {
    const now = this.#clock.now()
    if (this.#line.size === 0) this.#emptyAtMs = now
    return new Promise((grant, reject) => {
      const urgency = this.#ranks ? urgencyOf(call.headers) : normalUrgency
      const waiter = new RequestWaiter({ call, urgency, sinceMs: now, line: this.#line, grant, reject, refusal })
      this.#line.add(waiter)
      waiter.armed = this.#wheel.arm(Math.min(now + this.#intervalMs, call.deadline), waiter, now)
      call.attach(waiter)
      this.#widening.await()
    })
  }

  /** Ends a request: its place goes to whoever is next. */
  release(): void {
    this.#active--
    this.#dropStale()
    this.#grant()
    if (this.#line.size === 0) this.#emptyAtMs = this.#clock.now()
  }

  #grant(): void {
    if (this.#line.size === 0) return
    while (this.#line.size > 0 && this.#widens()) {
      this.#active++
      this.#line.first()?.grant()
    }
    if (this.#line.size > 0) this.#widening.await()
    else this.#widening.rest()
  }

  /** In overload, what has waited for longer than `target` is not worth the work any more. */
  #dropStale(): void {
    const now = this.#clock.now()
    if (now - this.#emptyAtMs < this.#intervalMs) return
    for (const waiter of this.#line) if (now - waiter.sinceMs > this.#targetMs) waiter.expire()
  }
}
