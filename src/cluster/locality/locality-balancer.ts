import type { Random } from '../../core/random.js'
import type { Balancer } from '../balancer/index.js'
import type { Endpoint } from '../endpoint.js'

/** How much more than its share a locality can take, in percent: Envoy's overprovisioning factor. */
const overprovisioning = 140

/** A locality's part in a priority. */
export interface LocalityGroup {
  readonly weight: number
  /** Endpoints that take calls. */
  readonly healthy: readonly Endpoint[]
  /** Endpoints in all. */
  readonly total: number
}

interface Turn {
  readonly balancer: Balancer
  readonly weight: number
  deadline: number
}

/** A locality's weight, less what its missing endpoints cannot carry (Envoy `effectiveLocalityWeight`). */
function effectiveWeight({ weight, healthy, total }: LocalityGroup): number {
  return weight * Math.min(1, (overprovisioning / 100) * (healthy.length / total))
}

/** Localities take turns by weight, the earliest deadline first; within one its own balancer chooses (Envoy). */
export function localityBalancer(
  groups: readonly LocalityGroup[],
  balancerOver: (endpoints: readonly Endpoint[]) => Balancer,
  random: Random,
): Balancer {
  const weighty = groups.filter((group) => effectiveWeight(group) > 0)
  const least = weighty.reduce((weight, group) => Math.min(weight, effectiveWeight(group)), Number.POSITIVE_INFINITY)
  const start = random() / least
  const turns = weighty.map((group): Turn => {
    const weight = effectiveWeight(group)
    return { balancer: balancerOver(group.healthy), weight, deadline: (Math.floor(start * weight) + 1) / weight }
  })
  return {
    pick(call, hash, attempt) {
      let next = turns[0]
      for (const turn of turns) if (next !== undefined && turn.deadline < next.deadline) next = turn
      if (next === undefined) return undefined
      next.deadline += 1 / next.weight
      return next.balancer.pick(call, hash, attempt)
    },
  }
}
