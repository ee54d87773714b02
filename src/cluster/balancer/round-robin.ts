import { type Random, randomInt } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'
import { type Balancer, equalWeights } from './balancer.js'
import { EdfScheduler } from './edf.js'

/** Each endpoint in turn, from a random start; with unequal weights as often as its weight says. */
export function roundRobin(endpoints: readonly Endpoint[], random: Random): Balancer {
  if (!equalWeights(endpoints)) return new EdfScheduler(endpoints, (endpoint) => endpoint.weight, random)
  let next = randomInt(random, endpoints.length)
  return {
    pick() {
      const endpoint = endpoints[next]
      next = next + 1 >= endpoints.length ? 0 : next + 1
      return endpoint
    },
  }
}
