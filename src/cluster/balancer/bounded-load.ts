import type { Hash64 } from '../../core/hash/hash64.js'
import { Mt19937 } from '../../core/hash/mt19937.js'
import type { Endpoint } from '../endpoint.js'
import type { BalancerContext } from './balancer.js'
import { weightShares } from './hash-table.js'

const twister = new Mt19937()

/**
 * Consistent hashing with bounded loads (Envoy's `hash_balance_factor`): an endpoint that has more than its share of the
 * calls in flight, times the factor, passes a call on. To which one is random but always the same for a hash, so that the
 * overflow of a hot endpoint does not all fall on its neighbour. Returns what makes the final index of a first choice.
 */
export function boundedLoad(
  endpoints: readonly Endpoint[],
  { settings, active = () => sumActive(endpoints) }: BalancerContext,
): (index: number, hash: Hash64) => number {
  const factor = settings.balanceFactor ?? 100
  const shares = weightShares(endpoints)
  const order = new Uint32Array(endpoints.length)

  function overload(index: number, slots: number): number {
    const room = Math.max(Math.ceil(slots * (shares[index] ?? 0)), 1)
    return (endpoints[index]?.active ?? 0) / room
  }

  return function withinBounds(index, hash) {
    const slots = Math.floor(((active() + 1) * factor + 99) / 100)
    let least = overload(index, slots)
    if (least <= 1) return index
    let best = index
    twister.seed(hash.lo)
    for (const i of order.keys()) order[i] = i
    for (const i of order.keys()) {
      const j = i + twister.below(order.length - i)
      const candidate = order[j] ?? 0
      order[j] = order[i] ?? 0
      order[i] = candidate
      if (candidate === index) continue
      const load = overload(candidate, slots)
      if (load <= 1) return candidate
      if (load < least) {
        best = candidate
        least = load
      }
    }
    return best
  }
}

function sumActive(endpoints: readonly Endpoint[]): number {
  let sum = 0
  for (const endpoint of endpoints) sum += endpoint.active
  return sum
}
