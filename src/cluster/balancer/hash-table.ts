import type { Hash64 } from '../../core/hash/hash64.js'
import type { Endpoint } from '../endpoint.js'
import type { LoadBalancerSettings } from './options.js'

/** Leads from a hash to an endpoint, by its index in the list that the table was built over. */
export interface HashTable {
  /** `attempt` counts the endpoints that were refused within one selection, from 0. */
  indexOf(hash: Hash64, attempt: number): number
}

/** Builds a table over a list that is not empty. */
export type BuildTable = (endpoints: readonly Endpoint[], settings: LoadBalancerSettings) => HashTable

/** What an endpoint is placed by: `ip:port`, or its name where the settings say so and it has one (Envoy). */
export function hashKey(endpoint: Endpoint, settings: LoadBalancerSettings): string {
  return settings.useHostname === true ? endpoint.hostname : endpoint.id
}

/**
 * Weights as shares of 1. Those of endpoints are whole numbers, and so is their sum; what stands for the endpoints of
 * localities weighs a share of 1 already, which the rounding of a sum must not move: a point of the ring would move too.
 */
export function weightShares(endpoints: readonly Endpoint[]): Float64Array {
  let sum = 0
  for (const endpoint of endpoints) sum += endpoint.weight
  const whole = Math.max(1, Math.round(sum))
  return Float64Array.from(endpoints, (endpoint) => endpoint.weight / whole)
}
