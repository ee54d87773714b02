import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LoadBalancerSettings } from '../../../src/cluster/balancer/options.js'
import { ringPoints } from '../../../src/cluster/balancer/ring-points.js'
import { xxHash64 } from '../../../src/core/hash/xxhash64.js'
import { big } from '../../core/hash/big.js'
import { endpoint, weighted } from '../scaffold.js'

const counts = (weights: readonly number[], settings: LoadBalancerSettings): number[] => {
  const { owner } = ringPoints(weighted(...weights), settings)
  return weights.map((_, i) => owner.filter((index) => index === i).length)
}

describe('how many points endpoints have', () => {
  it.each<[string, number[], LoadBalancerSettings, number[]]>([
    ['equal weights alike, though the minimum has to be exceeded', [1, 1, 1], { minimumRingSize: 10 }, [4, 4, 4]],
    ['the default minimum of 1,024, as a whole number each', [1, 1, 1], {}, [342, 342, 342]],
    ['a tiny ring as the weights say', [1, 2, 3], { minimumRingSize: 6 }, [1, 2, 3]],
    ['a large ring as the weights say', [1, 2, 3], { minimumRingSize: 6_144 }, [1_024, 2_048, 3_072]],
    [
      'a part of a point by turns, where the maximum leaves no more',
      [1, 1, 1, 1],
      { maximumRingSize: 6 },
      [2, 1, 2, 1],
    ],
    [
      'none, where there are more endpoints than points',
      [1, 1, 1, 1, 1, 1],
      { maximumRingSize: 3 },
      [1, 0, 1, 0, 1, 0],
    ],
  ])('%s', (_, weights, settings, expected) => {
    expect(counts(weights, settings)).toEqual(expected)
  })
})

it('every point is the hash of a key and a number, and they are in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }), (weights) => {
      const endpoints = weighted(...weights)
      const { hi, lo, owner } = ringPoints(endpoints, { minimumRingSize: 64 })
      const points = [...hi.keys()].map((i) => big({ hi: hi[i] ?? 0, lo: lo[i] ?? 0 }))
      expect(points).toEqual([...points].sort((a, b) => (a < b ? -1 : 1)))
      const expected = endpoints.flatMap((one, i) =>
        Array.from({ length: owner.filter((index) => index === i).length }, (_, n) => big(xxHash64(`${one.id}_${n}`))),
      )
      expect(new Set(points)).toEqual(new Set(expected))
    }),
  )
})

it('points whose upper halves are equal are in order too', () => {
  const { hi, lo } = ringPoints(weighted(1, 1, 1), { minimumRingSize: 400_000 })
  let ties = 0
  for (let i = 1; i < hi.length; i++)
    if (hi[i - 1] === hi[i]) {
      ties++
      expect(lo[i - 1]).toBeLessThanOrEqual(lo[i] ?? 0)
    }
  expect(ties).toBeGreaterThan(5)
})

it('an endpoint is placed by its address, or by its host name where the settings say so', () => {
  const endpoints = [endpoint('http://10.0.0.1:8080', { hostname: 'pod-a' })]
  const first = (settings: LoadBalancerSettings): Set<number> =>
    new Set(ringPoints(endpoints, { minimumRingSize: 3, ...settings }).lo)
  const of = (key: string): Set<number> => new Set([0, 1, 2].map((n) => xxHash64(`${key}_${n}`).lo >>> 0))
  expect(first({})).toEqual(of('10.0.0.1:8080'))
  expect(first({ useHostname: true })).toEqual(of('pod-a'))
})
