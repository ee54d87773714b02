import type { Balancer } from '../balancer/index.js'
import type { Endpoint } from '../endpoint.js'
import { type LocalityWeights, ownWeights } from './distribute.js'

/**
 * A balancer over endpoints that weigh what their locality's share makes of them, as a part of 1: tables of hashes have
 * one weight for each endpoint (Envoy `normalizeLocalityWeights`). Stand-ins with that weight are placed, and the endpoint
 * itself is picked.
 */
export function reweighted(
  endpoints: readonly Endpoint[],
  weights: LocalityWeights,
  over: (endpoints: readonly Endpoint[]) => Balancer,
): Balancer {
  const own = ownWeights(endpoints)
  const all = [...weights.values()].reduce((sum, weight) => sum + weight, 0)
  const originals = new Map<Endpoint, Endpoint>()
  for (const endpoint of endpoints) {
    const { locality = '', weight } = endpoint
    const share = (weight * ((weights.get(locality) ?? 0) / all)) / (own.get(locality) ?? 1)
    // It inherits everything from the endpoint, the calls in flight of this moment too.
    const standIn: Endpoint = Object.create(endpoint, { weight: { value: share } })
    originals.set(standIn, endpoint)
  }
  const balancer = over([...originals.keys()])
  return {
    pick(call, hash, attempt) {
      const standIn = balancer.pick(call, hash, attempt)
      return standIn && originals.get(standIn)
    },
  }
}
