import type { Endpoint } from '../endpoint.js'
import type { LocalityOptions } from '../locality-options.js'
import { localityMatches, parseLocality } from './locality.js'

/** Weights of localities, by their names; one that has none gets no calls. */
export type LocalityWeights = ReadonlyMap<string, number>

/** The shares that count for a workload: of the first `from` that fits. */
export function sharesFor(
  distribute: LocalityOptions['distribute'],
  locality: string | undefined,
): Readonly<Record<string, number>> | undefined {
  const own = parseLocality(locality)
  return distribute?.find(({ from }) => localityMatches(from, own))?.to
}

/** What the endpoints of each locality weigh together. */
export function ownWeights(endpoints: readonly Endpoint[]): Map<string, number> {
  const weights = new Map<string, number>()
  for (const { locality = '', weight } of endpoints) weights.set(locality, (weights.get(locality) ?? 0) + weight)
  return weights
}

/**
 * Gives each locality its share in percent, rounded up as Istio does; localities that one `to` with a `*` means divide
 * it by what their endpoints weigh.
 */
export function distributedWeights(
  endpoints: readonly Endpoint[],
  shares: Readonly<Record<string, number>>,
): LocalityWeights {
  const own = ownWeights(endpoints)
  const given = new Map<string, number>()
  for (const [to, share] of Object.entries(shares)) {
    const meant = [...own].filter(([name]) => !given.has(name) && localityMatches(to, parseLocality(name)))
    const total = meant.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [name, weight] of meant) given.set(name, Math.ceil((weight * share) / total))
  }
  for (const [name, weight] of given) if (weight === 0) given.delete(name)
  return given
}
