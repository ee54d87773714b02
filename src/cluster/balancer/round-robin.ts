import { randomInt } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'
import type { Balancer, BalancerContext } from './balancer.js'
import { scheduled } from './slow-start.js'

/** Each endpoint in turn, from a random start; with unequal weights as often as its weight says. */
export function roundRobin(endpoints: readonly Endpoint[], context: BalancerContext): Balancer {
  return scheduled(
    endpoints,
    context,
    (endpoint) => endpoint.weight,
    () => {
      let next = randomInt(context.random, endpoints.length)
      return {
        pick() {
          const endpoint = endpoints[next]
          next = next + 1 >= endpoints.length ? 0 : next + 1
          return endpoint
        },
      }
    },
  )
}
