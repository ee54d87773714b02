import type { ClientCall } from '../../core/call.js'
import type { Classification } from '../../core/classifier.js'
import type { Clock, Timer } from '../../core/clock.js'
import { durationMs, maxTimerMs } from '../../core/duration.js'
import { MeshError } from '../../core/errors.js'
import type { Observer } from '../../core/observer.js'
import type { Random } from '../../core/random.js'
import type { Admission } from './admission.js'
import { Circuit, type CircuitSettings } from './circuit.js'
import type { CircuitBreakerOptions } from './options.js'

/** Whether calls go through, are refused, or one of them tries. */
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
}

/** The calls of one closed period. */
class ClosedPeriod implements Admission {
  readonly circuit: Circuit

  constructor(circuit: Circuit) {
    this.circuit = circuit
  }

  answered(): void {}

  settle(outcome: Classification): void {
    if (outcome !== 'ignored') this.circuit.record(outcome === 'failure')
  }
}

/** The one call that tries whether the destination is back. */
class Probe implements Admission {
  readonly boundMs: number
  hasAnswer = false
  readonly #onSettled: (probe: Probe, outcome: Classification) => void

  constructor(boundMs: number, onSettled: (probe: Probe, outcome: Classification) => void) {
    this.boundMs = boundMs
    this.#onSettled = onSettled
  }

  answered(): void {
    this.hasAnswer = true
  }

  settle(outcome: Classification): void {
    this.#onSettled(this, outcome)
  }
}

/**
 * A breaker of one destination. It outlives snapshots, and ends with `shutdown`. Closed, opossum's window decides when
 * it opens; then it refuses for `resetTimeout`, and half-open admits exactly one probe at a time, whose success closes
 * it and whose failure opens it again. A neutral probe leaves it half-open for the next. A probe that hangs counts as
 * failed at its deadline, or after another `resetTimeout` when it has none - but as a success if a good reply is there
 * and only its body goes on, as a stream's does.
 */
export class Breaker {
  readonly #settings: CircuitSettings
  readonly #resetMs: number
  readonly #jitter: number
  readonly #deps: BreakerDeps
  #state: BreakerState = 'closed'
  #closed: ClosedPeriod | undefined
  #probe: Probe | undefined = undefined
  #timer: Timer | undefined = undefined
  #openUntilMs = 0
  #ended = false

  constructor(options: CircuitBreakerOptions, deps: BreakerDeps) {
    this.#deps = deps
    this.#settings = {
      errorThresholdPercentage: options.errorThresholdPercentage ?? 50,
      volumeThreshold: options.volumeThreshold ?? 20,
      rollingWindowMs: durationMs(options.rollingWindow) ?? 10_000,
      buckets: options.buckets ?? 10,
    }
    this.#resetMs = durationMs(options.resetTimeout) ?? 10_000
    this.#jitter = options.jitter ?? 0
    this.#closed = this.#newPeriod()
  }

  get state(): BreakerState {
    return this.#state
  }

  /** Leave to call, or why not. Never waits. */
  admit(call: ClientCall): Admission | MeshError {
    if (this.#closed !== undefined) return this.#closed
    if (this.#state === 'half-open' && this.#probe === undefined) return this.#startProbe(call)
    const waitMs = (this.#probe?.boundMs ?? this.#openUntilMs) - this.#deps.clock.now()
    return new MeshError('ERR_MESH_CIRCUIT_OPEN', `${this.#deps.service || call.authority}: the circuit is open`, {
      service: call.service,
      retryAfterMs: Math.max(1, Math.ceil(Math.min(waitMs, this.#resetMs * (1 + this.#jitter)))),
      detail: 'circuit_open',
    })
  }

  /** Opens by hand, as if it had tripped. */
  open(): void {
    if (this.#ended) return
    const openMs = Math.min(this.#resetMs * (1 + this.#jitter * this.#deps.random()), maxTimerMs)
    this.#openUntilMs = this.#deps.clock.now() + openMs
    this.#become('open')
    this.#timer = this.#deps.clock.setTimer(() => this.#become('half-open'), openMs)
  }

  /** Closes by hand, with an empty window. */
  close(): void {
    if (this.#ended) return
    this.#become('closed')
  }

  /** Ends its timers. From then on it lets every call through and counts nothing. */
  shutdown(): void {
    this.#ended = true
    this.#become('closed')
    this.#closed?.circuit.shutdown()
  }

  #newPeriod(): ClosedPeriod {
    return new ClosedPeriod(new Circuit(this.#settings, this.#deps.clock, () => this.open()))
  }

  /** What belonged to the state before ends: calls admitted in it report to nobody. */
  #become(state: BreakerState): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#probe = undefined
    this.#closed?.circuit.shutdown()
    this.#closed = state === 'closed' ? this.#newPeriod() : undefined
    if (this.#state === state) return
    this.#state = state
    if (!this.#ended) this.#deps.observer.emit('breaker', { service: this.#deps.service, state })
  }

  #startProbe(call: ClientCall): Probe {
    const now = this.#deps.clock.now()
    const boundMs = call.deadline === Number.POSITIVE_INFINITY ? now + this.#resetMs : call.deadline
    const probe = new Probe(boundMs, this.#onProbeSettled)
    this.#probe = probe
    this.#timer = this.#deps.clock.setTimer(
      () => probe.settle(probe.hasAnswer ? 'success' : 'failure'),
      Math.min(Math.max(0, boundMs - now), maxTimerMs),
    )
    return probe
  }

  readonly #onProbeSettled = (probe: Probe, outcome: Classification): void => {
    if (probe !== this.#probe) return
    if (outcome === 'success') this.close()
    else if (outcome === 'failure') this.open()
    else {
      this.#timer?.cancel()
      this.#timer = undefined
      this.#probe = undefined
    }
  }
}
