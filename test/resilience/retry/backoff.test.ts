import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../../src/resilience/retry/backoff.js'

const almostOne = (): number => 1 - Number.EPSILON

describe('the back-off', () => {
  it.each([
    ['Istio’s default', 25, 250, [24, 49, 99, 199, 249, 249]],
    ['Envoy’s strategy test', 5, 100, [4, 9, 19, 39, 79, 99, 99]],
    ['Envoy’s golden caps', 100, 1_200, [99, 199, 399, 799, 1_199, 1_199]],
    ['a base at its maximum', 50, 50, [49, 49, 49]],
  ])('of %s stays below caps that double', (_, base, max, longest) => {
    expect(longest.map((_, i) => backoffMs(i + 1, base, max, almostOne))).toEqual(longest)
  })

  it('has full jitter: from nothing to the cap', () => {
    expect(backoffMs(3, 25, 250, () => 0)).toBe(0)
    expect(backoffMs(3, 25, 250, () => 0.5)).toBe(50)
  })
})
