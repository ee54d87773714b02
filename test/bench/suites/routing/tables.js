/** Building the tables of the algorithms that hash. */
import { internals } from '../../harness/internals.js'
import { clusterOf } from './clusters.js'
import { timeWhole } from './timing.js'

const { maglevTable } = await internals('cluster/balancer/maglev.js')
const { ringPoints } = await internals('cluster/balancer/ring-points.js')

/**
 * @param {{ buildRounds: number, sizes: { tables: number[] } }} options
 * @returns {import('./index.js').Line[]}
 */
export function measureTables({ buildRounds, sizes }) {
  return sizes.tables.flatMap((count) => {
    const { endpoints } = clusterOf(count, false)
    const ring = timeWhole(() => ringPoints(endpoints, { minimumRingSize: 1_024 * count }), buildRounds)
    const maglev = timeWhole(() => maglevTable(endpoints, {}), buildRounds)
    return [
      { name: `ring of 1,024 x ${count} hosts`, unit: 'ms', below: count === 100 ? 50 : undefined, ...ring },
      { name: `Maglev table of 65,537 for ${count} hosts`, unit: 'ms', ...maglev },
    ]
  })
}
