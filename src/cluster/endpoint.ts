import type { EndpointRef } from '../core/endpoint.js'
import type { Releasable } from '../core/lease.js'
import type { Scheme } from '../core/url.js'
import type { Address, EndpointOptions, Labels } from '../discovery/index.js'

const noLabels: Labels = Object.freeze({})

/** What outlier detection remembers of an endpoint, in the terms of Envoy's algorithm. */
export class OutlierState {
  /** Failures (5xx, or no reply) without a success between them. */
  consecutive5xx = 0
  /** The same for 502, 503 and 504 alone. */
  consecutiveGateway = 0
  /** How often it was ejected of late: each ejection lasts this many times the base. */
  multiplier = 0
  jitterMs = 0
  ejectedAtMs: number = Number.NEGATIVE_INFINITY
  returnedAtMs: number = Number.NEGATIVE_INFINITY
}

/**
 * One address of a service, with the state that outlives configs: calls in flight and ejection. As a `Releasable`
 * it is its own in-flight lease, so that counting a call allocates nothing.
 */
export class Endpoint implements EndpointRef, Releasable {
  readonly id: string
  readonly scheme: Scheme
  readonly host: string
  readonly port: number
  readonly origin: string
  labels: Labels
  weight: number
  locality: string | undefined
  /** Calls in flight: from the pick to the end of the reply's body. */
  active = 0
  /** Taken out of the balancing by outlier detection. */
  ejected = false
  readonly outlier: OutlierState = new OutlierState()

  constructor(address: Address, options: EndpointOptions) {
    this.id = address.id
    this.scheme = address.scheme
    this.host = address.host
    this.port = address.port
    this.origin = address.origin
    this.labels = options.labels ?? noLabels
    this.weight = options.weight ?? 1
    this.locality = options.locality
  }

  /** Takes over what a config may change about an address; tells whether anything did change. */
  reconfigure(options: EndpointOptions): boolean {
    const labels = options.labels ?? noLabels
    const weight = options.weight ?? 1
    if (weight === this.weight && options.locality === this.locality && sameLabels(labels, this.labels)) return false
    this.labels = labels
    this.weight = weight
    this.locality = options.locality
    return true
  }

  /** Ends one call in flight. */
  release(): void {
    this.active--
  }
}

function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
}
