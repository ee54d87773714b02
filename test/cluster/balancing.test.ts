import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Balancing, type BalancingOptions } from '../../src/cluster/balancing.js'
import { type Cluster, ClusterView } from '../../src/cluster/index.js'
import type { Hash64 } from '../../src/core/hash/hash64.js'
import type { EndpointOptions } from '../../src/discovery/index.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { seededRandom } from '../bench/harness/random.js'
import { type Bed, bed, call, hosts } from './scaffold.js'

/** `n` endpoints a group, named after it: `a0`, `a1`, ... */
function group(name: string, n: number, options: Partial<EndpointOptions> = {}): EndpointOptions[] {
  return Array.from({ length: n }, (_, i) => ({ url: `http://${name}${i}`, ...options }))
}

function balance(cluster: Cluster, options: BalancingOptions = {}, seed = 1): Balancing {
  return new Balancing(cluster, options, { random: seededRandom(seed), clock: fakeClock() })
}

/** Percent of `n` picks that each group got. */
function shares(balancing: Balancing, n = 20_000): Record<string, number> {
  const counts = new Map<string, number>()
  for (let i = 0; i < n; i++) {
    const name = balancing.pick(call(), undefined, 0)?.host.replace(/\d+$/, '') ?? 'nobody'
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return Object.fromEntries([...counts].map(([name, count]) => [name, Math.round((100 * count) / n)]))
}

function eject({ cluster }: Bed, ...names: RegExp[]): void {
  for (const endpoint of cluster.endpoints) if (names.some((name) => name.test(endpoint.host))) endpoint.ejected = true
  cluster.changed()
}

const priorities = [...group('a', 4), ...group('b', 4, { priority: 1 }), ...group('c', 4, { priority: 7 })]

describe('priorities', () => {
  it.each([
    { ejected: [], expected: { a: 100 }, why: 'the first takes all' },
    { ejected: [/a0/], expected: { a: 100 }, why: 'a quarter is made up for by overprovisioning' },
    { ejected: [/a[01]/], expected: { a: 70, b: 30 }, why: 'half is not' },
    { ejected: [/a/], expected: { b: 100 }, why: 'nobody is left of the first' },
    { ejected: [/a/, /b[012]/], expected: { b: 35, c: 65 }, why: 'a gap in the numbers does not matter' },
  ])('$why', ({ ejected, expected }) => {
    const pool = bed(priorities)
    eject(pool, ...ejected)
    expect(shares(balance(pool.cluster))).toEqual(expected)
  })

  it('an endpoint that fails its health check counts as an ejected one', () => {
    const pool = bed(priorities)
    const balancing = balance(pool.cluster)
    for (const i of [0, 1, 2, 3]) pool.cluster.setHealth(pool.at(i), false)
    expect(shares(balancing)).toEqual({ b: 100 })
    for (const i of [0, 1, 2, 3]) pool.cluster.setHealth(pool.at(i), true)
    expect(shares(balancing)).toEqual({ a: 100 })
  })

  it('all in panic share the calls by their size, whoever is well', () => {
    const pool = bed([...group('a', 2), ...group('b', 6, { priority: 1 })])
    eject(pool, /./)
    expect(shares(balance(pool.cluster))).toEqual({ a: 25, b: 75 })
  })

  it('at panic threshold 0 nobody takes calls when nobody is well', () => {
    const pool = bed(priorities)
    eject(pool, /./)
    expect(shares(balance(pool.cluster, { panicThresholdPercent: 0 }))).toEqual({ nobody: 100 })
  })

  it('the threshold of the load balancer has the first say', () => {
    const pool = bed(hosts(4))
    eject(pool, /./)
    const options = { loadBalancer: { panicThresholdPercent: 0 }, panicThresholdPercent: 50 }
    expect(shares(balance(pool.cluster, options))).toEqual({ nobody: 100 })
  })

  it.each([
    [29, 'a'],
    [69, 'a'],
    [70, 'b'],
    [99, 'b'],
    [170, 'b'],
    [1_029, 'a'],
  ])('a hash decides on the priority too: %i goes to %s of 70/30', (hash, expected) => {
    const pool = bed(priorities)
    eject(pool, /a[01]/)
    const balancing = balance(pool.cluster, { loadBalancer: 'ring-hash' })
    const key: Hash64 = { hi: 0, lo: hash }
    for (let i = 0; i < 20; i++) expect(balancing.pick(call(), key, 0)?.host[0]).toBe(expected)
  })
})

describe('localities', () => {
  const near = (locality: string): BalancingOptions['workload'] => ({ labels: {}, locality })
  const places = [
    ...group('same', 2, { locality: 'us/east/1' }),
    ...group('zone', 2, { locality: 'us/east/2' }),
    ...group('region', 2, { locality: 'us/west/1' }),
    ...group('far', 2, { locality: 'eu/x' }),
  ]

  it.each([
    { ejected: [], expected: { same: 100 } },
    { ejected: [/same/], expected: { zone: 100 } },
    { ejected: [/same/, /zone/], expected: { region: 100 } },
    { ejected: [/same/, /zone/, /region/], expected: { far: 100 } },
    { ejected: [/same0/], expected: { same: 70, zone: 30 } },
  ])('calls stay as near as they can: without $ejected, $expected', ({ ejected, expected }) => {
    const pool = bed(places)
    eject(pool, ...ejected)
    const options = { loadBalancer: { locality: {} }, workload: near('us/east/1') }
    expect(shares(balance(pool.cluster, options))).toEqual(expected)
  })

  it('without a word on localities, or without knowing where we are, all are alike', () => {
    const pool = bed(places)
    const all = { same: 25, zone: 25, region: 25, far: 25 }
    expect(shares(balance(pool.cluster, { workload: near('us/east/1') }))).toEqual(all)
    expect(shares(balance(pool.cluster, { loadBalancer: { locality: {} } }))).toEqual(all)
  })

  it('the priority of an endpoint counts before its locality', () => {
    const pool = bed([...group('far', 2, { locality: 'eu' }), ...group('near', 2, { locality: 'us', priority: 1 })])
    const options = { loadBalancer: { locality: {} }, workload: near('us') }
    expect(shares(balance(pool.cluster, options))).toEqual({ far: 100 })
  })

  const distribute = [{ from: 'us/*', to: { 'us/east/*': 60, 'eu/*': 40 } }]

  it.each(['least-request', 'round-robin', 'random', 'ring-hash', 'maglev'] as const)(
    'a distribution gives each locality its share, and none to the unlisted, with %s',
    (type) => {
      const pool = bed([...places, ...group('far', 8, { locality: 'eu/x' })])
      const options = { loadBalancer: { type, locality: { distribute } }, workload: near('us/east/1') }
      const got = shares(balance(pool.cluster, options))
      const expected = { same: 30, zone: 30, far: 40 }
      expect(Object.keys(got).sort()).toEqual(Object.keys(expected).sort())
      for (const [name, share] of Object.entries(expected)) expect(Math.abs((got[name] ?? 0) - share)).toBeLessThan(5)
    },
  )

  it('a locality that lost endpoints gets less of its share, with the overprovisioning of Envoy', () => {
    const pool = bed([...group('a', 10, { locality: 'us/a' }), ...group('b', 10, { locality: 'us/b' })])
    const to = { 'us/a': 50, 'us/b': 50 }
    const options = {
      loadBalancer: { locality: { distribute: [{ from: 'us', to }] } },
      panicThresholdPercent: 0,
      workload: near('us'),
    }
    eject(pool, /a[0-4]/)
    expect(shares(balance(pool.cluster, options))).toEqual({ a: 41, b: 59 })
  })

  const failover = [{ from: 'us', to: 'eu' }]

  it.each([
    { locality: {}, a: 20, why: 'near ones first weighs nothing: one of five is left' },
    { locality: { failover }, a: 26, why: 'where regions fail over, localities have weights: 1.4 to 4' },
    { locality: { failoverPriority: ['zone'] }, a: 26, why: 'by labels as well' },
  ])('of $locality, a half that lost 3 of 4 endpoints gets $a %: $why', ({ locality, a }) => {
    const pool = bed([...group('a', 4, { locality: 'us/a' }), ...group('b', 4, { locality: 'us/b' })])
    const loadBalancer = { type: 'round-robin' as const, locality }
    eject(pool, /a[0-2]/)
    expect(shares(balance(pool.cluster, { loadBalancer, panicThresholdPercent: 0, workload: near('us') })).a).toBe(a)
  })

  it.each(['ring-hash', 'maglev'] as const)(
    'with %s, what is left of a locality keeps its share, as in Envoy',
    (type) => {
      const pool = bed([...group('a', 4, { locality: 'us/a' }), ...group('b', 4, { locality: 'us/b' })])
      const options = {
        loadBalancer: { type, locality: { failover } },
        panicThresholdPercent: 0,
        workload: near('us'),
      }
      eject(pool, /a[0-2]/)
      const { a = 0 } = shares(balance(pool.cluster, options))
      expect(Math.abs(a - 50)).toBeLessThan(5)
    },
  )

  it('does not break up a priority in panic', () => {
    const pool = bed([...group('a', 1, { locality: 'us/a' }), ...group('b', 9, { locality: 'us/b' })])
    const options = {
      loadBalancer: { type: 'round-robin' as const, locality: { failover } },
      workload: { labels: {}, locality: undefined },
    }
    eject(pool, /./)
    expect(shares(balance(pool.cluster, options))).toEqual({ a: 10, b: 90 })
  })
})

describe('a retry', () => {
  const view = (pool: Bed, options: ConstructorParameters<typeof ClusterView>[1], type?: 'maglev'): ClusterView =>
    new ClusterView(balance(pool.cluster, { loadBalancer: type }), options, seededRandom(5))

  it('avoids priorities that were tried, from the second on', () => {
    const pool = bed(priorities)
    const avoiding = view(pool, { avoidTriedPriorities: true })
    const attempt = call()
    attempt.tried = []
    const went = [0, 1, 2, 3].map(() => {
      const endpoint = avoiding.pick(attempt)
      if (endpoint !== undefined) attempt.tried?.push(endpoint)
      return endpoint?.host[0]
    })
    expect(went).toEqual(['a', 'a', 'b', 'b'])
  })

  it('may go where the call was before if it does not avoid that', () => {
    const pool = bed(hosts(2))
    const careless = view(pool, { avoidTried: false })
    const attempt = call()
    attempt.tried = [pool.at(0)]
    const went = Array.from({ length: 200 }, () => careless.pick(attempt)?.host)
    expect(went.filter((host) => host === 'h0').length).toBeGreaterThan(50)
  })

  it('of a hash stays where it was unless it avoids that', () => {
    const pool = bed(hosts(5))
    const attempt = call()
    attempt.hash = { hi: 77, lo: 5 }
    const stays = view(pool, { avoidTried: false }, 'maglev')
    const first = stays.pick(attempt)
    attempt.tried = first === undefined ? [] : [first]
    expect(stays.pick(attempt)).toBe(first)
    const moves = view(pool, {}, 'maglev')
    expect(moves.pick(attempt)).not.toBe(first)
    expect(moves.pick(attempt)).toBe(moves.pick(attempt))
  })

  it('takes the last of six draws when all were refused', () => {
    const pool = bed(hosts(1))
    const attempt = call()
    attempt.tried = [pool.at(0)]
    expect(view(pool, {}).pick(attempt)).toBe(pool.at(0))
  })
})

describe('a balancer', () => {
  it('goes on where it was when another priority loses an endpoint', () => {
    const pool = bed(priorities)
    const balancing = balance(pool.cluster, { loadBalancer: 'round-robin' })
    const before = balancing.levels[0]?.balancer
    eject(pool, /b0/)
    expect(balancing.levels[0]?.balancer).toBe(before)
    eject(pool, /a0/)
    expect(balancing.levels[0]?.balancer).not.toBe(before)
  })

  it('is made anew when a weight changes', () => {
    const pool = bed(hosts(2))
    const balancing = balance(pool.cluster)
    const before = balancing.levels[0]?.balancer
    pool.cluster.update(hosts(2).map((one, i) => ({ ...one, weight: i + 1 })))
    expect(balancing.levels[0]?.balancer).not.toBe(before)
  })
})

it('whatever is ejected or unhealthy, nobody of them is picked outside panic, and somebody is whenever somebody is well', () => {
  const endpoint = fc.record({
    priority: fc.integer({ min: 0, max: 2 }),
    locality: fc.constantFrom(undefined, 'us/a', 'us/b', 'eu'),
    weight: fc.integer({ min: 1, max: 9 }),
    ejected: fc.boolean(),
    unhealthy: fc.boolean(),
  })
  const scene = fc.record({
    endpoints: fc.array(endpoint, { minLength: 1, maxLength: 20 }),
    threshold: fc.constantFrom(0, 50, 100),
    type: fc.constantFrom('least-request' as const, 'round-robin' as const, 'random' as const, 'ring-hash' as const),
    locality: fc.constantFrom(undefined, {}, { failoverPriority: ['x'] }),
    seed: fc.nat(),
  })
  fc.assert(
    fc.property(scene, ({ endpoints, threshold, type, locality, seed }) => {
      const pool = bed(
        endpoints.map(({ priority, locality, weight }, i) => ({ url: `http://h${i}`, priority, locality, weight })),
      )
      for (const [i, { ejected, unhealthy }] of endpoints.entries()) {
        pool.at(i).ejected = ejected
        pool.at(i).unhealthy = unhealthy
      }
      const options = {
        loadBalancer: { type, locality, minimumRingSize: 32 },
        panicThresholdPercent: threshold,
        workload: { labels: {}, locality: 'us/a' },
      }
      const balancing = balance(pool.cluster, options, seed)
      const somebody = pool.cluster.endpoints.some(({ healthy }) => healthy)
      for (let i = 0; i < 20; i++) {
        const picked = balancing.pick(call(), undefined, 0)
        if (picked === undefined) expect(somebody || threshold > 0).toBe(false)
        else {
          const level = balancing.levels.find(({ members }) => members.includes(picked))
          expect(picked.healthy || level?.panic).toBe(true)
          expect(threshold === 0 && !picked.healthy).toBe(false)
        }
      }
    }),
    { numRuns: 300 },
  )
})
