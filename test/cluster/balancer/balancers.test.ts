import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { balancerFor, balancers, isHashing } from '../../../src/cluster/balancer/index.js'
import type { LoadBalancerSettings } from '../../../src/cluster/balancer/options.js'
import type { Hash64 } from '../../../src/core/hash/hash64.js'
import { seededRandom } from '../../bench/harness/random.js'
import { call, weighted } from '../scaffold.js'
import { chiSquare, context, shares } from './scaffold.js'

const any = call()
const anyHash = fc.option(fc.record({ hi: fc.integer(), lo: fc.integer() }), { nil: undefined })
const list = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 4_294_967_295 }), active: fc.nat(1_000) }), {
  minLength: 1,
  maxLength: 20,
})
// The tables stay small, or the property would only build tables.
const small: LoadBalancerSettings = { tableSize: 251, minimumRingSize: 64, maximumRingSize: 512 }

describe.each(Object.entries(balancers))('%s', (_, create) => {
  it.each<[string, LoadBalancerSettings]>([
    ['as it comes', {}],
    ['with slow start', { slowStart: { window: '10s', minimumPercent: 0, aggression: 0.1 } }],
    ['with bounded load', { balanceFactor: 100 }],
    ['with a strong bias', { activeRequestBias: 300 }],
  ])('%s, always picks one of the endpoints, whatever their weights and load', (_, settings) => {
    fc.assert(
      fc.property(list, fc.nat(), anyHash, (entries, seed, hash) => {
        const endpoints = weighted(...entries.map(({ weight }) => weight))
        for (const [i, one] of endpoints.entries()) one.active = entries[i]?.active ?? 0
        const scene = context({ ...small, ...settings }, seededRandom(seed))
        const balancer = create(endpoints, scene)
        for (let i = 0; i < 50; i++) {
          const picked = balancer.pick(any, hash, i % 3)
          if (picked === undefined || !endpoints.includes(picked)) throw new Error(`picked ${picked?.id}`)
          scene.nowMs += 300
        }
      }),
    )
  })

  it('picks nothing from nothing', () => {
    expect(create([], context({ balanceFactor: 100 })).pick(call(), { hi: 1, lo: 2 }, 0)).toBeUndefined()
  })

  it('gives equal endpoints equal shares of calls without a hash', () => {
    const endpoints = weighted(1, 1, 1, 1, 1)
    const balancer = create(endpoints, context({ minimumRingSize: 1_000_000 }, seededRandom(11)))
    const counts = shares(endpoints, 100_000, () => balancer.pick(any, undefined, 0))
    // 4 degrees of freedom, p = 0.01.
    expect(chiSquare(counts, [1, 1, 1, 1, 1])).toBeLessThan(13.28)
  })

  it('gives unequal endpoints shares by weight', () => {
    const weights = [1, 2, 3, 4]
    const endpoints = weighted(...weights)
    const balancer = create(endpoints, context({ minimumRingSize: 1_000_000 }, seededRandom(12)))
    const counts = shares(endpoints, 100_000, () => balancer.pick(any, undefined, 0))
    // 3 degrees of freedom, p = 0.01.
    expect(chiSquare(counts, weights)).toBeLessThan(11.34)
  })
})

it('the default is least-request, and only two algorithms ask for hashes', () => {
  expect(balancerFor({})).toBe(balancers['least-request'])
  expect(Object.keys(balancers).filter((type) => isHashing({ type: type as keyof typeof balancers }))).toEqual([
    'ring-hash',
    'maglev',
  ])
})

describe.each(['ring-hash', 'maglev'] as const)('%s', (type) => {
  it('sends equal hashes to the same endpoint, whatever the order of the list', () => {
    fc.assert(
      fc.property(list, fc.record({ hi: fc.integer(), lo: fc.integer() }), (entries, hash: Hash64) => {
        const endpoints = weighted(...entries.map(() => 1))
        const settings = { ...small, type }
        const one = balancerFor(settings)(endpoints, context(settings)).pick(call(), hash, 0)
        const other = balancerFor(settings)([...endpoints].reverse(), context(settings)).pick(call(), hash, 0)
        expect(other).toBe(one)
      }),
    )
  })
})
