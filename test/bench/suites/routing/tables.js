/** Building the tables of the algorithms that hash. */
import { maglevTable } from '../../../../dist/cluster/balancer/maglev.js'
import { ringTable } from '../../../../dist/cluster/balancer/ring-hash.js'
import { clusterOf } from './clusters.js'
import { timeWhole } from './timing.js'

/**
 * @param {{ buildRounds: number, sizes: { tables: number[] } }} options
 * @returns {import('./index.js').Line[]}
 */
export function measureTables({ buildRounds, sizes }) {
  return sizes.tables.flatMap((count) => {
    const { endpoints } = clusterOf(count, false)
    const ring = timeWhole(() => ringTable(endpoints, { minimumRingSize: 1_024 * count }), buildRounds)
    const maglev = timeWhole(() => maglevTable(endpoints, {}), buildRounds)
    return [
      { name: `ring of 1,024 x ${count} hosts`, unit: 'ms', below: count === 100 ? 50 : undefined, ...ring },
      { name: `Maglev table of 65,537 for ${count} hosts`, unit: 'ms', ...maglev },
    ]
  })
}
