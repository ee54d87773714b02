import type { Endpoint } from '../endpoint.js'
import type { CreateBalancer } from './balancer.js'
import type { HashTable } from './hash-table.js'
import { hashing } from './hashing.js'
import type { LoadBalancerSettings } from './options.js'
import { ringPoints } from './ring-points.js'

/** Builds a ketama ring. */
function ringTable(endpoints: readonly Endpoint[], settings: LoadBalancerSettings): HashTable {
  const { hi, lo, owner } = ringPoints(endpoints, settings)
  const size = owner.length
  return {
    indexOf(hash, attempt) {
      const high = hash.hi >>> 0
      const low = hash.lo >>> 0
      let from = 0
      let to = size
      while (from < to) {
        const middle = (from + to) >>> 1
        const at = hi[middle] ?? 0
        if (at < high || (at === high && (lo[middle] ?? 0) < low)) from = middle + 1
        else to = middle
      }
      return owner[(from + attempt) % size] ?? 0
    },
  }
}

/**
 * Consistent hashing on a ring (Envoy's ring hash, ketama): a hash belongs to the next point, and when an endpoint comes or
 * goes only its neighbours' keys move. Without a hash, at random.
 */
export const ringHash: CreateBalancer = hashing('ring', ringTable)
