import type { Clock, Timer } from '../../core/clock.js'
import { maxTimerMs } from '../../core/duration.js'
import type { Observer } from '../../core/observer.js'
import type { Random } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'
import type { OutlierSettings } from './options.js'

/** The endpoints that a detector judges. */
export interface EndpointPool {
  readonly name: string
  readonly endpoints: readonly Endpoint[]
  /** An endpoint was ejected or came back. */
  changed(): void
}

/** What a detector is given. */
export interface DetectorDeps {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
}

/**
 * Ejects endpoints that fail again and again, by the letter of Envoy's consecutive-error detection (1.36). Its
 * state survives config changes. The sweep's timer runs only while an ejection has yet to end or to be forgotten.
 */
export class OutlierDetector {
  readonly #pool: EndpointPool
  readonly #deps: DetectorDeps
  /** Endpoints with a multiplier above 0: ejected, or ejected not long ago. */
  readonly #marked = new Set<Endpoint>()
  #settings: OutlierSettings | undefined = undefined
  #ejected = 0
  #epochMs = 0
  #sweepAtMs = 0
  #timer: Timer | undefined = undefined

  constructor(pool: EndpointPool, deps: DetectorDeps) {
    this.#pool = pool
    this.#deps = deps
  }

  /** Sets or changes the policy; undefined ends all ejections. Sweeps keep their rhythm unless the interval changes. */
  configure(settings: OutlierSettings | undefined): void {
    const previous = this.#settings
    this.#settings = settings
    if (settings === undefined) return this.#clear()
    const { consecutive5xxErrors, consecutiveGatewayErrors } = settings
    if (
      consecutive5xxErrors !== previous?.consecutive5xxErrors ||
      consecutiveGatewayErrors !== previous.consecutiveGatewayErrors
    )
      this.#recount()
    if (settings.intervalMs !== previous?.intervalMs) {
      this.#epochMs = this.#deps.clock.now()
      this.#timer?.cancel()
      this.#timer = undefined
      this.#schedule(settings)
    }
  }

  /** Counts an outcome of an endpoint: an HTTP status, 503 for a failed connection or reset, 504 for a timeout. */
  report(endpoint: Endpoint, status: number): void {
    const settings = this.#settings
    if (settings === undefined) return
    const state = endpoint.outlier
    if (status < 500) {
      state.consecutive5xx = 0
      state.consecutiveGateway = 0
      return
    }
    state.consecutive5xx++
    if (status >= 502 && status <= 504) state.consecutiveGateway++
    else state.consecutiveGateway = 0
    if (state.consecutiveGateway === settings.consecutiveGatewayErrors && state.consecutiveGateway > 0)
      this.#trip(endpoint, settings, 'consecutive-gateway')
    if (state.consecutive5xx === settings.consecutive5xxErrors) this.#trip(endpoint, settings, 'consecutive-5xx')
  }

  /** Forgets an endpoint that has left. */
  remove(endpoint: Endpoint): void {
    if (endpoint.ejected) this.#ejected--
    endpoint.ejected = false
    endpoint.outlier.multiplier = 0
    this.#marked.delete(endpoint)
    this.#stopIfIdle()
  }

  /** Stops the timer for good. */
  close(): void {
    this.configure(undefined)
  }

  /** Counters are compared for equality: one that stood above a lowered threshold would never reach it. */
  #recount(): void {
    for (const endpoint of this.#pool.endpoints) {
      endpoint.outlier.consecutive5xx = 0
      endpoint.outlier.consecutiveGateway = 0
    }
  }

  #trip(endpoint: Endpoint, settings: OutlierSettings, reason: 'consecutive-5xx' | 'consecutive-gateway'): void {
    if (endpoint.ejected || !this.#pool.endpoints.includes(endpoint)) return
    const state = endpoint.outlier
    if (reason === 'consecutive-5xx') state.consecutive5xx = 0
    else state.consecutiveGateway = 0
    const share = (100 * (this.#ejected + 1)) / this.#pool.endpoints.length
    const exempt = settings.alwaysEjectOne && this.#ejected === 0
    if (share > settings.maxEjectionPercent && !exempt) return
    this.#ejected++
    endpoint.ejected = true
    state.ejectedAtMs = this.#deps.clock.now()
    state.jitterMs = settings.maxJitterMs === 0 ? 0 : this.#deps.random() * settings.maxJitterMs
    if (state.multiplier * settings.baseEjectionMs < settings.maxEjectionMs + settings.baseEjectionMs)
      state.multiplier++
    this.#marked.add(endpoint)
    this.#schedule(settings)
    this.#pool.changed()
    this.#tell(endpoint, reason, ejectionMs(endpoint, settings))
  }

  #return(endpoint: Endpoint, nowMs: number, reason: string): void {
    const state = endpoint.outlier
    this.#ejected--
    endpoint.ejected = false
    state.consecutive5xx = 0
    state.consecutiveGateway = 0
    state.returnedAtMs = nowMs
    this.#pool.changed()
    this.#tell(endpoint, reason, nowMs - state.ejectedAtMs)
  }

  #tell(endpoint: Endpoint, reason: string, forMs: number): void {
    const { name } = this.#pool
    this.#deps.observer.emit('ejection', {
      service: name,
      endpoint: endpoint.id,
      ejected: endpoint.ejected,
      reason,
      forMs,
    })
  }

  /** Arms the next sweep: multiples of the interval, counted from when the policy was set. */
  #schedule(settings: OutlierSettings): void {
    if (this.#timer !== undefined || this.#marked.size === 0) return
    const { clock } = this.#deps
    const now = clock.now()
    const sweeps = Math.floor((now - this.#epochMs) / settings.intervalMs) + 1
    this.#sweepAtMs = this.#epochMs + sweeps * settings.intervalMs
    this.#timer = clock.setTimer(this.#sweep, Math.min(Math.ceil(this.#sweepAtMs - now), maxTimerMs))
  }

  readonly #sweep = (): void => {
    this.#timer = undefined
    const settings = this.#settings
    if (settings === undefined) return
    // A timer may be early by a fraction of a millisecond; the sweep still is the one that was due.
    const now = Math.max(this.#deps.clock.now(), this.#sweepAtMs)
    for (const endpoint of this.#marked) {
      const state = endpoint.outlier
      if (endpoint.ejected) {
        if (ejectionMs(endpoint, settings) <= now - state.ejectedAtMs) this.#return(endpoint, now, 'expired')
      }
      if (!endpoint.ejected && now - state.returnedAtMs >= settings.intervalMs && --state.multiplier <= 0)
        this.#marked.delete(endpoint)
    }
    this.#schedule(settings)
  }

  #clear(): void {
    const now = this.#deps.clock.now()
    for (const endpoint of this.#marked) {
      if (endpoint.ejected) this.#return(endpoint, now, 'disabled')
      endpoint.outlier.multiplier = 0
    }
    this.#marked.clear()
    this.#stopIfIdle()
  }

  #stopIfIdle(): void {
    if (this.#marked.size > 0) return
    this.#timer?.cancel()
    this.#timer = undefined
  }
}

function ejectionMs(endpoint: Endpoint, settings: OutlierSettings): number {
  const { multiplier, jitterMs } = endpoint.outlier
  return Math.min(settings.baseEjectionMs * multiplier, settings.maxEjectionMs) + jitterMs
}
