import type { Random } from '../../core/random.js'
import type { Balancer } from '../balancer/index.js'
import type { Endpoint } from '../endpoint.js'
import type { LocalityOptions } from '../locality-options.js'
import type { Level } from '../priority/index.js'
import { distributedWeights, type LocalityWeights, ownWeights, sharesFor } from './distribute.js'
import { failoverRank, type NearbyWorkload, type Rank } from './failover.js'
import { localityBalancer } from './locality-balancer.js'
import { reweighted } from './reweighted.js'

/** What localities have to say in the choice of an endpoint. */
export interface LocalityPlan {
  /** Orders endpoints into priorities; undefined leaves them as they are. */
  readonly rank: Rank | undefined
  /** The endpoints that take part: of localities that a distribution does not name, none does. */
  eligible(members: readonly Endpoint[]): readonly Endpoint[]
  /** A balancer that observes the weights of localities; undefined where they make no difference. */
  balancer(
    level: Level,
    over: (endpoints: readonly Endpoint[]) => Balancer,
    hashing: boolean,
    random: Random,
  ): Balancer | undefined
}

/** Above every rank within a priority: `EndpointOptions.priority` counts before localities. */
const ranksOfPriority = 1_000

function byLocality(endpoints: readonly Endpoint[]): Map<string, Endpoint[]> {
  const groups = new Map<string, Endpoint[]>()
  for (const endpoint of endpoints) {
    const { locality = '' } = endpoint
    const group = groups.get(locality)
    if (group === undefined) groups.set(locality, [endpoint])
    else group.push(endpoint)
  }
  return groups
}

/** Works out Istio's `localityLbSetting` for the workload that calls; undefined without one. */
export function localityPlan(options: LocalityOptions | undefined, workload: NearbyWorkload): LocalityPlan | undefined {
  if (options === undefined) return undefined
  const rank = failoverRank(options, workload)
  const shares = sharesFor(options.distribute, workload.locality)
  const weighs = [options.distribute, options.failover, options.failoverPriority].some((one) => one?.length)
  let weights: LocalityWeights | undefined

  return {
    rank: rank && ((endpoint) => endpoint.priority * ranksOfPriority + rank(endpoint)),

    eligible(members) {
      if (shares === undefined) return members
      const given = distributedWeights(members, shares)
      weights = given
      return members.filter(({ locality = '' }) => given.has(locality))
    },

    balancer(level, over, hashing, random) {
      // Near ones first is a matter of priorities: only where the setting says more does Istio have localities weighed.
      if (!weighs) return undefined
      // Envoy ignores them in panic, but for a table of hashes.
      if (level.panic && !hashing) return undefined
      const totals = byLocality(level.members)
      if (totals.size < 2) return undefined
      const given = weights ?? ownWeights(level.members)
      // A table of hashes has nothing to take turns with.
      if (hashing) return reweighted(level.candidates, given, over)
      const healthy = byLocality(level.healthy)
      const groups = [...totals].map(([name, all]) => ({
        weight: given.get(name) ?? 0,
        healthy: healthy.get(name) ?? [],
        total: all.length,
      }))
      return localityBalancer(groups, over, random)
    },
  }
}
