import { describe, expect, it } from 'vitest'
import { maglev } from '../../../src/cluster/balancer/maglev.js'
import { ringHash } from '../../../src/cluster/balancer/ring-hash.js'
import type { Endpoint } from '../../../src/cluster/index.js'
import { reweighted } from '../../../src/cluster/locality/reweighted.js'
import { hash64 } from '../../core/hash/big.js'
import { context, shares } from '../balancer/scaffold.js'
import { call, endpoint } from '../scaffold.js'

const host = (port: number, locality: string, weight = 1): Endpoint =>
  endpoint(`http://127.0.0.1:${port}`, { locality, weight })

/** 1,024 endpoints: the first in a place of its own, the others in another. */
const lopsided = Array.from({ length: 1_024 }, (_, i) => host(i + 1, i === 0 ? 'a' : 'b'))

describe('Envoy’s goldens of hashing with weights of localities', () => {
  it.each([
    { hosts: [host(90, 'a'), host(91, 'b', 2)], weights: { a: 1, b: 1 }, table: '10010110010100101' },
    { hosts: [host(90, 'a'), host(91, 'c', 2)], weights: { a: 8, c: 2 }, table: '10000010010100000' },
  ])('a Maglev table of weights $weights', ({ hosts, weights, table }) => {
    const scene = context({ type: 'maglev', tableSize: 17 })
    const balancer = reweighted(hosts, new Map(Object.entries(weights)), (list) => maglev(list, scene))
    const indexes = Array.from(table, (_, i) => balancer.pick(call(), hash64(BigInt(i)), 0)).map((one) => one?.port)
    expect(indexes.map((port) => (port ?? 0) - 90).join('')).toBe(table)
  })

  it('a ring of 9,216 points of 1:2 and 1:2 in localities of 1:2', () => {
    const hosts = [host(90, 'a'), host(91, 'a', 2), host(92, 'b'), host(93, 'b', 2)]
    const scene = context({ type: 'ring-hash', minimumRingSize: 9_216 })
    const weights = new Map([
      ['a', 1],
      ['b', 2],
    ])
    const balancer = reweighted(hosts, weights, (list) => ringHash(list, scene))
    const step = (2n ** 64n - 1n) / 9_000n
    const counts = shares(hosts, 9_000, (i) => balancer.pick(call(), hash64(BigInt(i) * step), 0))
    expect(counts).toEqual([924, 2_009, 2_053, 4_014])
  })

  it('a ring too small for all: every 128th of the light locality is on it, and rounding moves none of them', () => {
    const scene = context({ type: 'ring-hash', minimumRingSize: 1_024, maximumRingSize: 1_024 })
    const weights = new Map([
      ['a', 127],
      ['b', 1],
    ])
    let placed: readonly Endpoint[] = []
    const balancer = reweighted(lopsided, weights, (list) => {
      placed = list
      return ringHash(list, scene)
    })
    expect(placed.slice(0, 2).map(({ weight }) => weight)).toEqual([127 / 128, 1 / 128 / 1_023])
    const found = new Set<number>()
    for (let i = 0n; i < 2n ** 64n; i += 2n ** 49n) {
      const picked = balancer.pick(call(), hash64(i), 0)
      const index = picked === undefined ? -1 : lopsided.indexOf(picked)
      if (index > 0) found.add(index)
    }
    expect([...found].sort((a, b) => a - b)).toEqual([1, 128, 256, 384, 512, 640, 768, 896])
  })
})
