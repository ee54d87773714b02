import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ClusterView } from '../../src/cluster/index.js'
import { seededRandom } from '../bench/harness/random.js'
import { bed, call, hosts, viewOf } from './scaffold.js'

const labelled = [
  { url: 'http://h0', labels: { version: 'v1' } },
  { url: 'http://h1', labels: { version: 'v2' } },
  { url: 'http://h2', labels: { version: 'v2' } },
]
const v2 = { name: 'v2', labels: { version: 'v2' } }

describe('a view of a cluster', () => {
  it('is named after its service and subset, and holds the endpoints with its labels', () => {
    const { cluster } = bed(labelled)
    const view = viewOf(cluster, { subset: v2 }, Math.random)
    expect(view.name).toBe('reviews|v2')
    expect(view.endpoints.map((one) => one.id)).toEqual(['h1:80', 'h2:80'])
    expect(viewOf(cluster, {}, Math.random).endpoints).toHaveLength(3)
  })

  it('follows endpoints that come, go or change their labels', () => {
    const { cluster } = bed(labelled)
    const view = viewOf(cluster, { subset: v2 }, Math.random)
    cluster.update([{ url: 'http://h0', labels: { version: 'v2' } }, { url: 'http://h3' }])
    expect(view.endpoints.map((one) => one.id)).toEqual(['h0:80'])
    cluster.update([])
    expect(view.pick(call())).toBeUndefined()
  })

  it('picks nothing for a subset that nobody is in', () => {
    const { cluster } = bed(labelled)
    expect(
      viewOf(cluster, { subset: { name: 'v3', labels: { version: 'v3' } } }, Math.random).pick(call()),
    ).toBeUndefined()
  })
})

describe('panic', () => {
  const ejectedOf = (n: number, ejected: number, panicThresholdPercent?: number): ClusterView => {
    const { cluster, at } = bed(hosts(n))
    for (let i = 0; i < ejected; i++) at(i).ejected = true
    return viewOf(cluster, { panicThresholdPercent }, Math.random)
  }

  it.each([
    { n: 4, ejected: 1, threshold: undefined, candidates: 3, why: 'most are healthy' },
    { n: 4, ejected: 2, threshold: undefined, candidates: 2, why: 'exactly half are healthy' },
    { n: 4, ejected: 3, threshold: undefined, candidates: 4, why: 'less than half are healthy: panic' },
    { n: 4, ejected: 4, threshold: undefined, candidates: 4, why: 'none is healthy: panic' },
    { n: 4, ejected: 3, threshold: 0, candidates: 1, why: 'threshold 0 never panics' },
    { n: 4, ejected: 4, threshold: 0, candidates: 0, why: 'threshold 0 never panics, even for none' },
    { n: 10, ejected: 4, threshold: 70, candidates: 10, why: 'a higher threshold panics sooner' },
    { n: 4, ejected: 1, threshold: 80, candidates: 3, why: 'those that are left can carry all: no panic' },
  ])('$why ($ejected of $n ejected: $candidates take calls)', ({ n, ejected, threshold, candidates }) => {
    const view = ejectedOf(n, ejected, threshold)
    expect(view.candidates).toHaveLength(candidates)
    expect(view.endpoints).toHaveLength(n)
    if (candidates === 0) expect(view.pick(call())).toBeUndefined()
  })
})

describe('a retry', () => {
  it.each(['least-request', 'round-robin', 'random'] as const)(
    'of %s never lands on a tried endpoint while there is another',
    (loadBalancer) => {
      const { cluster } = bed(hosts(3))
      const view = viewOf(cluster, { loadBalancer }, seededRandom(3))
      for (let i = 0; i < 2_000; i++) {
        const attempt = call()
        attempt.tried = []
        for (let n = 0; n < 3; n++) {
          const picked = view.pick(attempt)
          if (picked !== undefined) attempt.tried.push(picked)
        }
        expect(new Set(attempt.tried).size).toBe(3)
      }
    },
  )

  it('goes to a tried endpoint when there is no other', () => {
    const { cluster, at } = bed(hosts(2))
    const view = viewOf(cluster, {}, Math.random)
    const attempt = call()
    attempt.tried = [at(0), at(1)]
    expect(cluster.endpoints).toContain(view.pick(attempt))
  })
})

it('no ejected endpoint is ever picked outside panic', () => {
  const pools = fc.record({
    ejected: fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }),
    threshold: fc.integer({ min: 0, max: 100 }),
    loadBalancer: fc.constantFrom('least-request' as const, 'round-robin' as const, 'random' as const),
    weight: fc.integer({ min: 1, max: 1_000 }),
    seed: fc.nat(),
  })
  fc.assert(
    fc.property(pools, ({ ejected, threshold, loadBalancer, weight, seed }) => {
      const { cluster, at } = bed(hosts(ejected.length).map((one, i) => (i === 0 ? { ...one, weight } : one)))
      for (const [i, out] of ejected.entries()) at(i).ejected = out
      const options = { loadBalancer, panicThresholdPercent: threshold }
      const view = viewOf(cluster, options, seededRandom(seed))
      const healthy = ejected.filter((out) => !out).length
      // With spare capacity for all of the load, 1 of 1.4, there is none.
      const panic = (100 * healthy) / ejected.length < threshold && Math.floor((140 * healthy) / ejected.length) < 100
      for (let i = 0; i < 20; i++) {
        const picked = view.pick(call())
        if (healthy === 0 && !panic) expect(picked).toBeUndefined()
        else expect(panic || picked?.ejected === false).toBe(true)
      }
    }),
  )
})
