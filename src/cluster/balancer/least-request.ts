import { randomInt } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'
import type { Balancer, BalancerContext } from './balancer.js'
import { scheduled } from './slow-start.js'

/**
 * Fewer calls in flight win. As in Envoy: of two random endpoints (which may be the same one) the second is taken
 * only if it has strictly fewer; with unequal weights it is a schedule by `weight / (active + 1) ^ bias`.
 */
export function leastRequest(endpoints: readonly Endpoint[], context: BalancerContext): Balancer {
  const { random, settings } = context
  const { choices = 2, activeRequestBias: bias = 1 } = settings
  return scheduled(
    endpoints,
    context,
    (endpoint) => endpoint.weight / (bias === 1 ? endpoint.active + 1 : (endpoint.active + 1) ** bias),
    () => ({
      pick() {
        let best = endpoints[randomInt(random, endpoints.length)]
        for (let draw = 1; draw < choices; draw++) {
          const other = endpoints[randomInt(random, endpoints.length)]
          if (best !== undefined && other !== undefined && other.active < best.active) best = other
        }
        return best
      },
    }),
  )
}
