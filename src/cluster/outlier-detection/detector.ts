import type { Clock, Timer } from '../../core/clock.js'
import { maxTimerMs } from '../../core/duration.js'
import type { Observer } from '../../core/observer.js'
import { type Random, randomInt } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'
import type { OutlierSettings } from './options.js'
import { byComparison, byPercentage, type Counted } from './success-rate.js'

/** The endpoints that a detector judges. */
export interface JudgedCluster {
  readonly name: string
  readonly subset: string | undefined
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

/** Why an endpoint was ejected. */
export type EjectionReason =
  | 'consecutive-5xx'
  | 'consecutive-gateway'
  | 'consecutive-local-origin'
  | 'success-rate'
  | 'success-rate-local-origin'
  | 'failure-percentage'
  | 'failure-percentage-local-origin'

/** What ended an ejection. */
export type ReturnReason = 'expired' | 'health-check' | 'disabled'

/**
 * Ejects endpoints that fail, by the letter of Envoy's outlier detection (1.36). Its state survives config changes.
 * The sweep's timer runs only while an ejection has yet to end or to be forgotten, or calls wait to be judged.
 */
export class OutlierDetector {
  readonly #cluster: JudgedCluster
  readonly #deps: DetectorDeps
  /** Endpoints with a multiplier above 0: ejected, or ejected not long ago. */
  readonly #marked = new Set<Endpoint>()
  #settings: OutlierSettings | undefined = undefined
  /** Success rates are counted. */
  #rates = false
  /** Calls were counted since the last sweep. */
  #counted = false
  #ejected = 0
  #epochMs = 0
  #sweepAtMs = 0
  #timer: Timer | undefined = undefined

  constructor(cluster: JudgedCluster, deps: DetectorDeps) {
    this.#cluster = cluster
    this.#deps = deps
  }

  /** Whether failures to exchange are counted apart from HTTP statuses. */
  get split(): boolean {
    return this.#settings?.splitLocalOriginErrors === true
  }

  /** Sets or changes the policy; undefined ends all ejections. Sweeps keep their rhythm unless the interval changes. */
  configure(settings: OutlierSettings | undefined): void {
    const previous = this.#settings
    this.#settings = settings
    this.#rates = settings?.successRate !== undefined || settings?.failurePercentage !== undefined
    if (settings === undefined) return this.#clear()
    if (previous === undefined || !sameThresholds(settings, previous))
      for (const { outlier } of this.#cluster.endpoints) outlier.clearConsecutive()
    if (settings.intervalMs !== previous?.intervalMs) {
      this.#epochMs = this.#deps.clock.now()
      this.#timer?.cancel()
      this.#timer = undefined
      this.#schedule(settings)
    }
  }

  /** Counts a reply of an endpoint by its status; without `split` also 503 for a failed exchange, 504 for a timeout. */
  report(endpoint: Endpoint, status: number): void {
    const settings = this.#settings
    if (settings === undefined) return
    const state = endpoint.outlier
    if (this.#rates) this.#count(endpoint, 'external', status < 500, settings)
    if (status < 500) {
      state.consecutive5xx = 0
      state.consecutiveGateway = 0
      return
    }
    if (status >= 502 && status <= 504) {
      if (++state.consecutiveGateway === settings.consecutiveGatewayErrors)
        this.#trip(endpoint, settings, 'consecutive-gateway')
    } else state.consecutiveGateway = 0
    if (++state.consecutive5xx === settings.consecutive5xxErrors) this.#trip(endpoint, settings, 'consecutive-5xx')
  }

  /** With `split`, counts whether an exchange came about: a connection was there, and a reply in time. */
  reportExchange(endpoint: Endpoint, success: boolean): void {
    const settings = this.#settings
    if (settings === undefined) return
    if (this.#rates) this.#count(endpoint, 'local', success, settings)
    if (success) endpoint.outlier.consecutiveLocal = 0
    else if (++endpoint.outlier.consecutiveLocal === settings.consecutiveLocalOriginFailures)
      this.#trip(endpoint, settings, 'consecutive-local-origin')
  }

  #count(endpoint: Endpoint, counted: Counted, success: boolean, settings: OutlierSettings): void {
    endpoint.outlier[counted].add(success)
    if (this.#counted) return
    this.#counted = true
    this.#schedule(settings)
  }

  /** Ends an ejection before its time. */
  uneject(endpoint: Endpoint, reason: ReturnReason): void {
    if (endpoint.ejected && !endpoint.gone) this.#return(endpoint, this.#deps.clock.now(), reason)
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

  /** The counter starts anew whether or not the endpoint may be ejected; one that is out already is left alone. */
  #trip(endpoint: Endpoint, settings: OutlierSettings, reason: EjectionReason): void {
    if (endpoint.ejected || endpoint.gone) return
    this.#eject(endpoint, settings, reason)
    const state = endpoint.outlier
    if (reason === 'consecutive-5xx') state.consecutive5xx = 0
    else if (reason === 'consecutive-gateway') state.consecutiveGateway = 0
    else state.consecutiveLocal = 0
  }

  #eject(endpoint: Endpoint, settings: OutlierSettings, reason: EjectionReason): void {
    const share = (100 * (this.#ejected + 1)) / this.#cluster.endpoints.length
    const exempt = settings.alwaysEjectOne && this.#ejected === 0
    if (share > settings.maxEjectionPercent && !exempt) return
    const { clock, random } = this.#deps
    const state = endpoint.outlier
    this.#ejected++
    endpoint.ejected = true
    state.ejectedAtMs = clock.now()
    state.jitterMs = settings.maxJitterMs === 0 ? 0 : randomInt(random, settings.maxJitterMs + 1)
    if (state.multiplier * settings.baseEjectionMs < settings.maxEjectionMs + settings.baseEjectionMs)
      state.multiplier++
    this.#marked.add(endpoint)
    this.#schedule(settings)
    this.#cluster.changed()
    this.#tell(endpoint, reason, ejectionMs(endpoint, settings))
  }

  #return(endpoint: Endpoint, nowMs: number, reason: ReturnReason): void {
    const state = endpoint.outlier
    this.#ejected--
    endpoint.ejected = false
    state.clearConsecutive()
    state.returnedAtMs = nowMs
    this.#cluster.changed()
    this.#tell(endpoint, reason, nowMs - state.ejectedAtMs)
  }

  #tell(endpoint: Endpoint, reason: EjectionReason | ReturnReason, forMs: number): void {
    const { name, subset } = this.#cluster
    const { id, ejected } = endpoint
    this.#deps.observer.emit('ejection', { service: name, subset, endpoint: id, ejected, reason, forMs })
  }

  /** Arms the next sweep: multiples of the interval, counted from when the policy was set. */
  #schedule(settings: OutlierSettings): void {
    if (this.#timer !== undefined || this.#idle) return
    const { clock } = this.#deps
    const now = clock.now()
    const sweeps = Math.floor((now - this.#epochMs) / settings.intervalMs) + 1
    this.#sweepAtMs = this.#epochMs + sweeps * settings.intervalMs
    this.#timer = clock.setTimer(this.#sweep, Math.min(Math.ceil(this.#sweepAtMs - now), maxTimerMs))
  }

  /** In Envoy's order: ejections end, the interval is judged, and what is long past is forgotten by one step. */
  readonly #sweep = (): void => {
    this.#timer = undefined
    const settings = this.#settings
    if (settings === undefined) return
    // A timer may be early by a fraction of a millisecond; the sweep still is the one that was due.
    const now = Math.max(this.#deps.clock.now(), this.#sweepAtMs)
    for (const endpoint of this.#marked)
      if (endpoint.ejected && ejectionMs(endpoint, settings) <= now - endpoint.outlier.ejectedAtMs)
        this.#return(endpoint, now, 'expired')
    if (this.#counted) this.#judge(settings)
    for (const endpoint of this.#marked) {
      const state = endpoint.outlier
      if (!endpoint.ejected && now - state.returnedAtMs >= settings.intervalMs && --state.multiplier <= 0)
        this.#marked.delete(endpoint)
    }
    this.#schedule(settings)
  }

  /** Judges the interval that has ended and starts the next: Envoy's two buckets, of which nobody reads the old one later. */
  #judge(settings: OutlierSettings): void {
    const { endpoints } = this.#cluster
    for (const counted of ['external', 'local'] as const) {
      const suffix = counted === 'local' ? '-local-origin' : ''
      // Both look before either ejects: what the one takes out still counts among the hosts of the other, as in Envoy.
      const apart = settings.successRate === undefined ? [] : byComparison(endpoints, counted, settings.successRate)
      const failing =
        settings.failurePercentage === undefined ? [] : byPercentage(endpoints, counted, settings.failurePercentage)
      for (const endpoint of apart) this.#eject(endpoint, settings, `success-rate${suffix}`)
      for (const endpoint of failing)
        if (!endpoint.ejected) this.#eject(endpoint, settings, `failure-percentage${suffix}`)
    }
    for (const { outlier } of endpoints) {
      outlier.external.clear()
      outlier.local.clear()
    }
    this.#counted = false
  }

  #clear(): void {
    const now = this.#deps.clock.now()
    for (const endpoint of this.#marked) {
      if (endpoint.ejected) this.#return(endpoint, now, 'disabled')
      endpoint.outlier.multiplier = 0
    }
    this.#marked.clear()
    this.#counted = false
    this.#stopIfIdle()
  }

  get #idle(): boolean {
    return this.#marked.size === 0 && !this.#counted
  }

  #stopIfIdle(): void {
    if (!this.#idle) return
    this.#timer?.cancel()
    this.#timer = undefined
  }
}

/** What counts what is the same. Counters are compared for equality: one above a lowered threshold would never reach it. */
function sameThresholds(a: OutlierSettings, b: OutlierSettings): boolean {
  return (
    a.consecutive5xxErrors === b.consecutive5xxErrors &&
    a.consecutiveGatewayErrors === b.consecutiveGatewayErrors &&
    a.splitLocalOriginErrors === b.splitLocalOriginErrors &&
    a.consecutiveLocalOriginFailures === b.consecutiveLocalOriginFailures
  )
}

function ejectionMs(endpoint: Endpoint, settings: OutlierSettings): number {
  const { multiplier, jitterMs } = endpoint.outlier
  return Math.min(settings.baseEjectionMs * multiplier, settings.maxEjectionMs) + jitterMs
}
