import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { balancers } from '../../../src/cluster/balancer/index.js'
import { seededRandom } from '../../bench/harness/random.js'
import { call, weighted } from '../scaffold.js'

describe.each(Object.entries(balancers))('%s', (_, create) => {
  it('always picks one of the endpoints, whatever their weights and load', () => {
    const weights = fc.array(fc.record({ weight: fc.integer({ min: 1, max: 4_294_967_295 }), active: fc.nat(1_000) }), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(weights, fc.nat(), (list, seed) => {
        const endpoints = weighted(...list.map(({ weight }) => weight))
        for (const [i, one] of endpoints.entries()) one.active = list[i]?.active ?? 0
        const balancer = create(endpoints, seededRandom(seed))
        for (let i = 0; i < 50; i++) expect(endpoints).toContain(balancer.pick(call()))
      }),
    )
  })

  it('picks nothing from nothing', () => {
    expect(create([], Math.random).pick(call())).toBeUndefined()
  })

  it('gives equal endpoints equal shares', () => {
    const endpoints = weighted(1, 1, 1, 1, 1)
    const balancer = create(endpoints, seededRandom(11))
    const counts = new Map(endpoints.map((one) => [one, 0]))
    for (let i = 0; i < 100_000; i++) {
      const picked = balancer.pick(call())
      if (picked !== undefined) counts.set(picked, (counts.get(picked) ?? 0) + 1)
    }
    const chi = [...counts.values()].reduce((sum, n) => sum + (n - 20_000) ** 2 / 20_000, 0)
    // 4 degrees of freedom, p = 0.01.
    expect(chi).toBeLessThan(13.28)
  })
})
