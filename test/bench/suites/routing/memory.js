/** What an endpoint weighs, its connections apart. */
import { heapUsed } from '../../harness/heap.js'
import { spreadOf } from '../../harness/statistics.js'
import { emptyCluster, endpointOption, viewOf } from './clusters.js'

/**
 * @param {{ sizes: { memory: number } }} options
 * @returns {import('./index.js').Line[]}
 */
export function measureMemory({ sizes }) {
  const count = sizes.memory
  const options = Array.from({ length: count }, (_, i) => endpointOption(i))
  const cluster = emptyCluster()
  const view = viewOf(cluster, { type: 'least-request' })
  const before = heapUsed()
  cluster.update(options)
  const { length } = view.candidates
  const bytes = (heapUsed() - before) / length
  cluster.close()
  return [{ name: `state of an endpoint among ${count}`, unit: 'B', spread: spreadOf([bytes]), below: 2_048 }]
}
