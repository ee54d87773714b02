import type { EndpointRef } from '../core/endpoint.js'
import type { Releasable } from '../core/lease.js'
import type { Reply } from '../core/reply.js'
import type { Scheme } from '../core/url.js'
import type { Visit } from '../core/visit.js'
import type { Address, EndpointOptions, Labels } from '../discovery/index.js'
import type { LatencyState } from './balancer/latency-state.js'
import { OutlierState } from './outlier-detection/state.js'

const noLabels: Labels = Object.freeze({})

/** What a cluster carries at the moment. */
export class ClusterLoad {
  /** Calls in flight on all of its endpoints, those that have left too. */
  active = 0
}

/**
 * One address of a service, with the state that outlives configs: calls in flight, health and ejection. As a
 * `Releasable` it is its own in-flight lease, so that counting a call allocates nothing.
 */
export class Endpoint implements EndpointRef, Visit, Releasable {
  readonly id: string
  readonly scheme: Scheme
  readonly host: string
  readonly port: number
  readonly origin: string
  labels: Labels
  weight: number
  /** 0 is used first. */
  priority: number
  /** The host where nothing else is said. */
  hostname: string
  address: string | undefined
  /** `region/zone/subzone`; undefined when unknown. */
  locality: string | undefined
  /** Calls in flight: from the pick to the end of the reply's body. */
  active = 0
  /** Taken out of the balancing by outlier detection. */
  ejected = false
  /** Taken out by its active health check: it failed it, or has not passed it yet. Set with `Cluster.setHealth`. */
  unhealthy = false
  /** Its breaker lets no call through. Set with `Cluster.setRefusing`. */
  refusing = false
  /** When it joined, or became healthy again, by the monotonic clock, ms: where slow start begins. */
  addedAtMs: number
  /** It has left its cluster; calls may still be under way. */
  gone = false
  readonly outlier: OutlierState = new OutlierState()
  /** How fast it answers; kept for `peak-ewma` alone. */
  latency: LatencyState | undefined = undefined
  /** Looks at its replies; kept for `healthCheckStage` alone. */
  replyWatch: Visit | undefined = undefined
  readonly #load: ClusterLoad

  constructor(address: Address, options: EndpointOptions, nowMs = 0, load: ClusterLoad = new ClusterLoad()) {
    this.id = address.id
    this.scheme = address.scheme
    this.host = address.host
    this.port = address.port
    this.origin = address.origin
    this.labels = options.labels ?? noLabels
    this.weight = options.weight ?? 1
    this.priority = options.priority ?? 0
    this.hostname = options.hostname ?? address.host
    this.address = options.address
    this.locality = options.locality
    this.addedAtMs = nowMs
    this.#load = load
  }

  /** Neither ejected, nor failing its health check, nor behind an open breaker. */
  get healthy(): boolean {
    return !this.ejected && !this.unhealthy && !this.refusing
  }

  /** Takes over what a config may change about an address; tells whether anything changed that a balancer goes by. */
  reconfigure(options: EndpointOptions): boolean {
    const labels = options.labels ?? noLabels
    const { weight = 1, priority = 0, hostname = this.host, locality } = options
    // For connections to come; nobody chooses by it.
    this.address = options.address
    if (
      weight === this.weight &&
      priority === this.priority &&
      hostname === this.hostname &&
      locality === this.locality &&
      sameLabels(labels, this.labels)
    )
      return false
    this.labels = labels
    this.weight = weight
    this.priority = priority
    this.hostname = hostname
    this.locality = locality
    return true
  }

  /** Notes what its health check says; tells whether that is news. An endpoint that becomes healthy starts slowly. */
  setHealth(healthy: boolean, nowMs: number): boolean {
    if (healthy !== this.unhealthy) return false
    this.unhealthy = !healthy
    if (healthy) this.addedAtMs = nowMs
    return true
  }

  /** A call to it was answered, and goes on until its reply body ends. */
  replied(reply: Reply): void {
    reply.lease.hold(this)
  }

  /** A call to it has failed. */
  failed(): void {
    this.release()
  }

  /** Begins a call. */
  enter(): void {
    this.active++
    this.#load.active++
  }

  /** Ends one call in flight. */
  release(): void {
    this.active--
    this.#load.active--
  }
}

function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true
  let more = 0
  for (const name in a) {
    if (a[name] !== b[name]) return false
    more++
  }
  for (const _ in b) more--
  return more === 0
}
