import type { Clock } from '../core/clock.js'
import type { Observer } from '../core/observer.js'
import type { Random } from '../core/random.js'
import type { EndpointOptions, Labels } from '../discovery/index.js'
import type { Endpoint } from './endpoint.js'
import { type EndpointChanges, EndpointList } from './endpoint-list.js'
import { OutlierDetector } from './outlier-detection/detector.js'
import { type OutlierDetectionOptions, outlierSettings } from './outlier-detection/options.js'
import { selector } from './subset.js'

/** What a cluster is given. */
export interface ClusterDeps {
  readonly clock: Clock
  readonly random: Random
  readonly observer: Observer
  /** Told after an update which endpoints have left, so that their connections can be closed. */
  readonly onRemoved?: ((endpoints: readonly Endpoint[]) => void) | undefined
}

/** A subset with a cluster of its own. */
interface Part {
  readonly cluster: Cluster
  selects: (labels: Labels | undefined) => boolean
}

/**
 * The long-lived state of a destination: its endpoints with their calls in flight, health and ejections. It outlives
 * snapshots; what a config says about choosing among the endpoints is a `Balancing`, and a `ClusterView` for a route.
 */
export class Cluster {
  /** Name of the service. */
  readonly name: string
  /** Set for the cluster that a subset has of its own. */
  readonly subset: string | undefined
  readonly outliers: OutlierDetector
  readonly #deps: ClusterDeps
  readonly #list = new EndpointList()
  readonly #parts = new Map<string, Part>()
  #options: readonly EndpointOptions[] = []
  #version = 0
  #membersVersion = 0

  constructor(name: string, deps: ClusterDeps, subset?: string) {
    this.name = name
    this.subset = subset
    this.#deps = deps
    this.outliers = new OutlierDetector(this, deps)
  }

  /** `service`, or `service|subset` for the cluster that a subset has of its own. */
  get fullName(): string {
    return this.subset === undefined ? this.name : `${this.name}|${this.subset}`
  }

  /** The endpoints of today; a new list after every change. */
  get endpoints(): readonly Endpoint[] {
    return this.#list.all
  }

  /** Calls in flight on all endpoints together. */
  readonly active = (): number => this.#list.load.active

  /** Counts the changes that matter to a balancer: views compare it instead of subscribing. */
  get version(): number {
    return this.#version
  }

  /** Counts the changes of the endpoints themselves, apart from their health. */
  get membersVersion(): number {
    return this.#membersVersion
  }

  /** The endpoint at `host:port`. */
  get(id: string): Endpoint | undefined {
    return this.#list.get(id)
  }

  /** Takes over a new set of endpoints; those that stay keep their state. Of two equal addresses the first counts. */
  update(options: readonly EndpointOptions[]): void {
    this.#apply(options)
    for (const part of this.#parts.values()) this.#fill(part)
  }

  #apply(options: readonly EndpointOptions[]): EndpointChanges | undefined {
    this.#options = options
    const changes = this.#list.update(options, this.#deps.clock.now())
    if (changes !== undefined) this.#publish(changes)
    return changes
  }

  #publish({ added, removed }: EndpointChanges): void {
    for (const endpoint of removed) {
      endpoint.gone = true
      this.outliers.remove(endpoint)
    }
    this.#membersVersion++
    this.changed()
    for (const endpoint of removed) this.#tell(endpoint, 'removed')
    if (removed.length > 0) this.#deps.onRemoved?.(removed)
    for (const endpoint of added) this.#tell(endpoint, 'added')
  }

  /**
   * The cluster that a subset has of its own, as every subset of Envoy has: the same addresses, filtered by labels, with
   * calls in flight and ejections apart. It follows this one's endpoints and their health checks.
   */
  part(subset: string, labels: Labels, onRemoved?: ClusterDeps['onRemoved']): Cluster {
    const selects = selector(labels)
    let part = this.#parts.get(subset)
    if (part === undefined) {
      const { clock, random, observer } = this.#deps
      part = { cluster: new Cluster(this.name, { clock, random, observer, onRemoved }, subset), selects }
      this.#parts.set(subset, part)
    }
    part.selects = selects
    this.#fill(part)
    return part.cluster
  }

  /** Lets go of a subset's own cluster: it follows this one no more, and is closed by whoever still needs it. */
  dropPart(subset: string): void {
    this.#parts.delete(subset)
  }

  #fill({ cluster, selects }: Part): void {
    const changes = cluster.#apply(this.#options.filter((option) => selects(option.labels)))
    for (const twin of changes?.added ?? []) if (this.get(twin.id)?.unhealthy === true) cluster.setHealth(twin, false)
  }

  /** Sets the ejection policy; undefined ejects nobody and ends the ejections under way. */
  detectOutliers(options: OutlierDetectionOptions | undefined): void {
    this.outliers.configure(options === undefined ? undefined : outlierSettings(options))
  }

  /**
   * Takes over what an active health check found: false takes an endpoint out of the balancing, also before its first
   * check has passed; true brings it back, and ends an ejection too (Envoy), so tell every check that passed.
   */
  setHealth(endpoint: Endpoint, healthy: boolean): void {
    if (endpoint.setHealth(healthy, this.#deps.clock.now())) this.changed()
    if (healthy) this.outliers.uneject(endpoint, 'health-check')
    for (const { cluster } of this.#parts.values()) {
      const twin = cluster.get(endpoint.id)
      if (twin !== undefined) cluster.setHealth(twin, healthy)
    }
  }

  /** Takes over what an endpoint's breaker says: whether the next call to it would be refused. */
  setRefusing(endpoint: Endpoint, refusing: boolean): void {
    if (endpoint.refusing === refusing) return
    endpoint.refusing = refusing
    this.changed()
  }

  /** The health of an endpoint has changed, or the set of them. */
  changed(): void {
    this.#version++
  }

  /** Removes every endpoint and stops the timer. */
  close(): void {
    this.update([])
    this.outliers.close()
    for (const { cluster } of this.#parts.values()) cluster.close()
  }

  #tell(endpoint: Endpoint, change: 'added' | 'removed'): void {
    if (this.subset !== undefined) return
    this.#deps.observer.emit('endpoint', { service: this.name, endpoint: endpoint.id, change })
  }
}
