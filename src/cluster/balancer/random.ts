import { type Random, randomInt } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'
import { type Balancer, type BalancerContext, equalWeights } from './balancer.js'

/** The first index whose upper bound lies above `value`. */
function indexAbove(bounds: Float64Array, value: number): number {
  let low = 0
  let high = bounds.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((bounds[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}

/** Draws endpoints with a chance in proportion to their weights. */
export function weightedDraw(endpoints: readonly Endpoint[], random: Random): () => Endpoint | undefined {
  if (equalWeights(endpoints)) return () => endpoints[randomInt(random, endpoints.length)]
  const bounds = new Float64Array(endpoints.length)
  let sum = 0
  for (const [i, endpoint] of endpoints.entries()) {
    sum += endpoint.weight
    bounds[i] = sum
  }
  return () => endpoints[indexAbove(bounds, random() * sum)]
}

/** Any endpoint, with a chance in proportion to its weight. */
export function randomChoice(endpoints: readonly Endpoint[], { random }: BalancerContext): Balancer {
  return { pick: weightedDraw(endpoints, random) }
}
