/** An EndpointSlice that changes by one: the update, and the first pick after it, which makes the new balancer. */
import { internals } from '../../harness/internals.js'
import { spreadOf } from '../../harness/statistics.js'
import { clusterOf, endpointOption, viewOf } from './clusters.js'

const { clientCall } = await internals('core/call.js')

/** Rings and Maglev tables are not in the goal. */
const settings = [
  { type: 'least-request', below: 1 },
  { type: 'round-robin', below: 1 },
  { type: 'peak-ewma', below: 1 },
  { type: 'maglev' },
]

/**
 * @param {{ changes: number, sizes: { changing: number } }} options
 * @returns {import('./index.js').Line[]}
 */
export function measureChanges({ changes, sizes }) {
  const count = sizes.changing
  return settings.map(({ below, ...loadBalancer }) => {
    const cluster = clusterOf(count, false)
    const view = viewOf(cluster, loadBalancer)
    const call = clientCall({ service: 'reviews' })
    const options = Array.from({ length: count }, (_, i) => endpointOption(i))
    view.pick(call)
    const samples = Array.from({ length: changes }, (_, round) => {
      // Somewhere in the list another endpoint takes the place of one, as when a pod is replaced.
      options[(round * 7_919) % count] = endpointOption(count + round)
      const next = options.slice()
      const start = performance.now()
      cluster.update(next)
      view.pick(call)
      return performance.now() - start
    })
    cluster.close()
    const name = `one of ${count} endpoints replaced, ${loadBalancer.type}`
    return { name, unit: 'ms', spread: spreadOf(samples.slice(1)), firstMs: samples[0], below }
  })
}
