/** Clusters that nobody calls. */
import { internals } from '../../harness/internals.js'

const { Balancing, Cluster, ClusterView } = await internals('cluster/index.js')
const { systemClock } = await internals('core/clock.js')
const { Observer } = await internals('core/observer.js')

const { random } = Math

/**
 * @param {number} i
 * @param {boolean} weighted
 */
export function endpointOption(i, weighted = false) {
  const url = `http://10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:8080`
  return { url, labels: { version: `v${i % 2}` }, locality: `eu/${i % 3}`, weight: weighted ? 1 + (i % 5) : 1 }
}

/**
 * @param {number} count
 * @param {boolean} weighted
 */
export function clusterOf(count, weighted) {
  const cluster = emptyCluster()
  cluster.update(Array.from({ length: count }, (_, i) => endpointOption(i, weighted)))
  return cluster
}

export function emptyCluster() {
  return new Cluster('reviews', { clock: systemClock, random, observer: new Observer() })
}

/**
 * @param {Cluster} cluster
 * @param {object} loadBalancer
 */
export function viewOf(cluster, loadBalancer) {
  return new ClusterView(new Balancing(cluster, { loadBalancer }, { random, clock: systemClock }), {}, random)
}
