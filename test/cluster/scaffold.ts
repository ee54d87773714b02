import { Balancing, type BalancingOptions } from '../../src/cluster/balancing.js'
import { Cluster, ClusterView, Endpoint } from '../../src/cluster/index.js'
import { type ClientCall, clientCall } from '../../src/core/call.js'
import type { MeshEvents } from '../../src/core/events.js'
import { Observer } from '../../src/core/observer.js'
import type { Random } from '../../src/core/random.js'
import { type EndpointOptions, type Labels, parseAddress } from '../../src/discovery/index.js'
import { type FakeClock, fakeClock } from '../../src/testing/fake-clock.js'

/** An endpoint that no cluster knows. */
export function endpoint(url: string, options: Partial<EndpointOptions> = {}): Endpoint {
  const address = parseAddress(url)
  if (address === undefined) throw new Error(`not an address: ${url}`)
  return new Endpoint(address, { url, ...options })
}

/** Endpoints h0, h1, ... with these weights. */
export function weighted(...weights: number[]): Endpoint[] {
  return weights.map((weight, i) => endpoint(`http://h${i}`, { weight }))
}

/** `n` endpoint options h0, h1, ... */
export function hosts(n: number): EndpointOptions[] {
  return Array.from({ length: n }, (_, i) => ({ url: `http://h${i}` }))
}

export interface Bed {
  readonly cluster: Cluster
  readonly clock: FakeClock
  readonly observer: Observer
  readonly ejections: MeshEvents['ejection'][]
  readonly at: (i: number) => Endpoint
}

/** A cluster on a fake clock. */
export function bed(endpoints: readonly EndpointOptions[], random: Random = () => 0): Bed {
  const clock = fakeClock()
  const observer = new Observer()
  const ejections: MeshEvents['ejection'][] = []
  observer.on('ejection', (event) => ejections.push(event))
  const cluster = new Cluster('reviews', { clock, random, observer })
  cluster.update(endpoints)
  const at = (i: number): Endpoint => {
    const found = cluster.endpoints[i]
    if (found === undefined) throw new Error(`no endpoint ${i}`)
    return found
  }
  return { cluster, clock, observer, ejections, at }
}

export function call(): ClientCall {
  return clientCall({ service: 'reviews' })
}

/** Replays values, then 0. */
export function replay(...values: number[]): Random {
  return () => values.shift() ?? 0
}

/** What a view is made of, beside its cluster. */
export interface ViewScene extends Omit<BalancingOptions, 'labels'> {
  readonly subset?: { readonly name: string; readonly labels: Labels } | undefined
}

/** A view of a cluster with a balancing of its own. */
export function viewOf(cluster: Cluster, scene: ViewScene = {}, random: Random = Math.random): ClusterView {
  const { subset, ...options } = scene
  const balancing = new Balancing(cluster, { ...options, labels: subset?.labels }, { random, clock: fakeClock() })
  return new ClusterView(balancing, { subset: subset?.name }, random)
}
