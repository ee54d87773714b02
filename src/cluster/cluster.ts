import type { Clock } from '../core/clock.js'
import type { Observer } from '../core/observer.js'
import type { Random } from '../core/random.js'
import { type EndpointOptions, parseAddress } from '../discovery/index.js'
import { Endpoint } from './endpoint.js'
import { OutlierDetector } from './outlier-detection/detector.js'
import { type OutlierDetectionOptions, outlierSettings } from './outlier-detection/options.js'

/** What a cluster is given. */
export interface ClusterDeps {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  /** Told after an update which endpoints have left, so that their connections can be closed. */
  readonly onRemoved?: ((endpoints: readonly Endpoint[]) => void) | undefined
}

/**
 * The long-lived state of a destination: its endpoints with their calls in flight and ejections. It outlives
 * snapshots; what a config says about choosing among the endpoints is a `ClusterView`.
 */
export class Cluster {
  /** Name of the service. */
  readonly name: string
  readonly outliers: OutlierDetector
  readonly #deps: ClusterDeps
  #endpoints: readonly Endpoint[] = []
  #version = 0

  constructor(name: string, deps: ClusterDeps) {
    this.name = name
    this.#deps = deps
    this.outliers = new OutlierDetector(this, deps)
  }

  /** The endpoints of today; a new list after every change. */
  get endpoints(): readonly Endpoint[] {
    return this.#endpoints
  }

  /** Counts the changes that matter to a balancer: views compare it instead of subscribing. */
  get version(): number {
    return this.#version
  }

  /** Takes over a new set of endpoints; those that stay keep their state. Of two equal addresses the first counts. */
  update(options: readonly EndpointOptions[]): void {
    const before = new Map(this.#endpoints.map((endpoint) => [endpoint.origin, endpoint]))
    const after = new Map<string, Endpoint>()
    const added: Endpoint[] = []
    let changed = false
    for (const option of options) {
      const address = parseAddress(option.url)
      if (address === undefined || after.has(address.id)) continue
      const known = before.get(address.origin)
      const endpoint = known ?? new Endpoint(address, option)
      after.set(address.id, endpoint)
      before.delete(address.origin)
      if (known === undefined) added.push(endpoint)
      else if (known.reconfigure(option)) changed = true
    }
    if (added.length === 0 && before.size === 0 && !changed) return
    this.#endpoints = [...after.values()]
    const removed = [...before.values()]
    for (const endpoint of removed) this.outliers.remove(endpoint)
    this.changed()
    for (const endpoint of removed) this.#tell(endpoint, 'removed')
    if (removed.length > 0) this.#deps.onRemoved?.(removed)
    for (const endpoint of added) this.#tell(endpoint, 'added')
  }

  /** Sets the ejection policy; undefined ejects nobody and ends the ejections under way. */
  detectOutliers(options: OutlierDetectionOptions | undefined): void {
    this.outliers.configure(options === undefined ? undefined : outlierSettings(options))
  }

  /** An endpoint was ejected, came back, or the set changed. */
  changed(): void {
    this.#version++
  }

  /** Removes every endpoint and stops the timer. */
  close(): void {
    this.update([])
    this.outliers.close()
  }

  #tell(endpoint: Endpoint, change: 'added' | 'removed'): void {
    this.#deps.observer.emit('endpoint', { service: this.name, endpoint: endpoint.id, change })
  }
}
