import type { ClientCall } from '../../core/call.js'
import type { Classification } from '../../core/classifier.js'
import type { Clock, Timer } from '../../core/clock.js'
import { maxTimerMs } from '../../core/duration.js'
import { MeshError } from '../../core/errors.js'
import type { MeshEvents } from '../../core/events.js'
import type { Observer } from '../../core/observer.js'
import type { Random } from '../../core/random.js'
import type { Admission } from './admission.js'
import { ClosedPeriod } from './closed-period.js'
import type { CircuitBreakerOptions } from './options.js'
import { Probe } from './probe.js'
import { type BreakerSettings, breakerSettings } from './settings.js'

/** Whether calls go through, are refused, or a few of them try. */
export type BreakerState = 'closed' | 'open' | 'half-open'

/** What a breaker is told from outside. */
export interface BreakerDeps {
  /** Measures windows and open periods. */
  readonly clock: Clock
  /** Draws the jitter of an open period. */
  readonly random: Random
  /** Is told every change of state. */
  readonly observer: Observer
  /** Name of the destination, for events and errors. */
  readonly service: string
  /** `host:port`, where it is an endpoint's. */
  readonly endpoint?: string | undefined
  /** Is told when it may have begun or ceased to let calls through. */
  readonly onTurn?: (() => void) | undefined
}

/**
 * A breaker of one destination. It outlives snapshots, and ends with `shutdown`. Closed, opossum's windows decide when
 * it opens; then it refuses for `resetTimeout`, and half-open admits as many probes as must succeed to close it, of
 * which the first that fails opens it again. A neutral probe leaves its place to the next call. A probe that is only
 * slower than `resetTimeout`, of a call without a deadline, opens it again too, and counts once it succeeds.
 */
export class Breaker {
  readonly #deps: BreakerDeps
  #options: string
  #settings: BreakerSettings
  #state: BreakerState = 'closed'
  #closed: ClosedPeriod | undefined
  /** Longest under way first. */
  readonly #probes: Probe[] = []
  #succeeded = 0
  /** Probes of this trial that have succeeded after their bound. */
  #succeededLate = 0
  /** A trial goes on over open periods until a probe is known to have failed: one that is only late may yet succeed. */
  #trial = 0
  #failedProbes = 0
  #timer: Timer | undefined = undefined
  #openUntilMs = 0
  #ended = false
  /** Somebody may believe that it is in some state. */
  #told = false

  constructor(options: CircuitBreakerOptions, deps: BreakerDeps) {
    this.#deps = deps
    this.#options = JSON.stringify(options)
    this.#settings = breakerSettings(options)
    this.#closed = this.#newPeriod()
  }

  get state(): BreakerState {
    return this.#state
  }

  /** Whether the next call would be refused. */
  get refuses(): boolean {
    return this.#closed === undefined && !this.#hasProbe()
  }

  #hasProbe(): boolean {
    return this.#state === 'half-open' && this.#probes.length + this.#succeeded < this.#settings.probes
  }

  /** Only reports: what it refuses is to be let through all the same. */
  get observes(): boolean {
    return this.#settings.observes
  }

  /**
   * Takes over other options: a closed breaker starts an empty window, an open one stays open for as long as it was to,
   * and one whose probes have succeeded often enough by the new options closes.
   */
  configure(options: CircuitBreakerOptions): void {
    const text = JSON.stringify(options)
    if (text === this.#options || this.#ended) return
    const { observes } = this
    this.#options = text
    this.#settings = breakerSettings(options)
    if (this.#closed !== undefined) {
      this.#closed.end()
      this.#closed = this.#newPeriod()
    } else if (this.#hasSucceeded()) this.close()
    else {
      if (observes !== this.observes) this.#tell({ modeOnly: true })
      this.#deps.onTurn?.()
    }
  }

  #hasSucceeded(): boolean {
    return this.#succeeded + this.#succeededLate >= this.#settings.probes
  }

  /** Leave to call, or why not. Never waits. */
  admit(call: ClientCall): Admission | MeshError {
    if (this.#closed !== undefined) return this.#closed.admit(call)
    if (this.#hasProbe()) return this.#startProbe(call)
    return new MeshError('ERR_MESH_CIRCUIT_OPEN', `${this.#deps.service || call.authority}: the circuit is open`, {
      service: call.service,
      retryAfterMs: Math.max(1, Math.ceil(this.#waitMs())),
      detail: 'circuit_open',
    })
  }

  /** Opens by hand: it stays open until `close`. */
  open(): void {
    if (this.#ended) return
    this.#newTrial()
    this.#openUntilMs = Number.POSITIVE_INFINITY
    this.#become('open')
  }

  /** Closes by hand, with an empty window. */
  close(): void {
    if (this.#ended) return
    this.#newTrial()
    this.#failedProbes = 0
    this.#become('closed')
  }

  /** Ends its timers. From then on it lets every call through and counts nothing. */
  shutdown(): void {
    this.#ended = true
    this.#become('closed')
    this.#closed?.end()
    if (this.#told) this.#tell({ removed: true })
    this.#told = false
  }

  #newPeriod(): ClosedPeriod {
    return new ClosedPeriod(this.#settings, this.#deps.clock, () => this.#trip())
  }

  #trip(): void {
    if (this.#ended) return
    const { resetMs, firstJitter, laterJitter } = this.#settings
    const { clock, random } = this.#deps
    const jitter = this.#failedProbes === 0 ? firstJitter : laterJitter
    const openMs = Math.min(resetMs * (1 + jitter * random()), maxTimerMs)
    this.#openUntilMs = clock.now() + openMs
    this.#become('open')
    this.#timer = clock.setTimer(() => this.#become('half-open'), openMs)
  }

  /** How long until a call may have better luck; one reset timeout when nobody knows. */
  #waitMs(): number {
    const { resetMs, laterJitter } = this.#settings
    const [oldest] = this.#probes
    const waitMs = (oldest?.boundMs ?? this.#openUntilMs) - this.#deps.clock.now()
    return Math.min(waitMs, resetMs * (1 + laterJitter))
  }

  /** What belonged to the state before ends: calls admitted in it report to nobody. */
  #become(state: BreakerState): void {
    this.#timer?.cancel()
    this.#timer = undefined
    for (const probe of this.#probes.splice(0)) probe.end()
    this.#succeeded = 0
    this.#closed?.end()
    this.#closed = state === 'closed' ? this.#newPeriod() : undefined
    if (this.#state === state) return
    this.#state = state
    if (!this.#ended) this.#tell()
    this.#deps.onTurn?.()
  }

  #tell(more: Pick<MeshEvents['breaker'], 'modeOnly' | 'removed'> = {}): void {
    const { observer, service, endpoint } = this.#deps
    this.#told = true
    observer.emit('breaker', {
      service,
      state: this.#state,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(this.observes ? { observes: true } : {}),
      ...more,
    })
  }

  #startProbe(call: ClientCall): Probe {
    const { clock } = this.#deps
    const { resetMs, slowMs } = this.#settings
    const now = clock.now()
    const boundMs = call.deadline === Number.POSITIVE_INFINITY ? now + resetMs : call.deadline
    const probe = new Probe(call, { trial: this.#trial, boundMs, slowAtMs: now + slowMs }, clock, this.#onProbeSettled)
    this.#probes.push(probe)
    this.#deps.onTurn?.()
    return probe
  }

  #newTrial(): void {
    this.#trial++
    this.#succeededLate = 0
  }

  readonly #onProbeSettled = (probe: Probe, outcome: Classification): void => {
    const place = this.#probes.indexOf(probe)
    if (place === -1) return this.#onLate(probe, outcome)
    this.#probes.splice(place, 1)
    if (outcome === 'failure') {
      if (probe.settled) this.#newTrial()
      this.#failedProbes++
      this.#trip()
      return
    }
    if (outcome === 'success') this.#succeeded++
    if (this.#hasSucceeded()) this.close()
    else this.#deps.onTurn?.()
  }

  /** A probe that had lost its place. Its success counts while its trial goes on, which its failure ends. */
  #onLate(probe: Probe, outcome: Classification): void {
    if (probe.trial !== this.#trial || outcome === 'ignored') return
    if (outcome === 'failure') return this.#newTrial()
    this.#succeededLate++
    if (this.#hasSucceeded()) this.close()
  }
}
