import { type Random, randomInt } from '../../core/random.js'

/**
 * Milliseconds to wait before retry `retry` (1 for the first): a random number below a cap that doubles from `baseMs`
 * and ends at `maxMs`. As Envoy's code computes it - 25, 50, 100, 200, 250 - not as its documentation says.
 */
export function backoffMs(retry: number, baseMs: number, maxMs: number, random: Random): number {
  let cap = baseMs
  for (let i = 1; i < retry && cap < maxMs; i++) cap = cap < maxMs / 2 ? cap * 2 : maxMs
  return randomInt(random, cap)
}
