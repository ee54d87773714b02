import { type Random, randomInt } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'
import { type Balancer, equalWeights } from './balancer.js'
import { EdfScheduler } from './edf.js'

/**
 * Fewer calls in flight win. As in Envoy: of two random endpoints (which may be the same one) the second is taken
 * only if it has strictly fewer; with unequal weights it is a schedule by `weight / (active + 1)`.
 */
export function leastRequest(endpoints: readonly Endpoint[], random: Random): Balancer {
  if (!equalWeights(endpoints))
    return new EdfScheduler(endpoints, (endpoint) => endpoint.weight / (endpoint.active + 1), random)
  return {
    pick() {
      const first = endpoints[randomInt(random, endpoints.length)]
      const second = endpoints[randomInt(random, endpoints.length)]
      if (first === undefined || second === undefined) return first
      return second.active < first.active ? second : first
    },
  }
}
