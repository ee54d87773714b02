import { describe, expect, it } from 'vitest'
import { boundedLoad } from '../../../src/cluster/balancer/bounded-load.js'
import { ringHash } from '../../../src/cluster/balancer/ring-hash.js'
import { Mt19937 } from '../../../src/core/hash/mt19937.js'
import { call, weighted } from '../scaffold.js'
import { context, shares } from './scaffold.js'

const hash = { hi: 1, lo: 2 }

function load(endpoints: ReturnType<typeof weighted>, ...active: number[]): void {
  for (const [i, one] of endpoints.entries()) one.active = active[i] ?? 0
}

describe('an endpoint is overloaded above ceil(⌊((active + 1) · factor + 99) / 100⌋ · share) calls', () => {
  it.each([
    // (4 + 1) · 1.2 + 0.99 = 6 slots, half of which are 3.
    { factor: 120, active: [3, 1], kept: true },
    { factor: 120, active: [4, 0], kept: false },
    // (8 + 1) · 1 + 0.99 = 9 slots, half of which are 4.5, so 5.
    { factor: 100, active: [5, 3], kept: true },
    { factor: 100, active: [6, 2], kept: false },
    { factor: 100, active: [1, 0], kept: true },
  ])('factor $factor, calls $active: kept $kept', ({ factor, active, kept }) => {
    const endpoints = weighted(1, 1)
    load(endpoints, ...active)
    expect(boundedLoad(endpoints, context({ balanceFactor: factor }))(0, hash)).toBe(kept ? 0 : 1)
  })

  it('weights are shares of the slots, and nobody has less than one', () => {
    const endpoints = weighted(3, 1)
    load(endpoints, 3, 0)
    expect(boundedLoad(endpoints, context({ balanceFactor: 100 }))(0, hash)).toBe(0)
    load(endpoints, 0, 3)
    expect(boundedLoad(endpoints, context({ balanceFactor: 100 }))(1, hash)).toBe(0)
    const light = weighted(1_000, 1)
    load(light, 0, 1)
    expect(boundedLoad(light, context({ balanceFactor: 100 }))(1, hash)).toBe(1)
  })

  it('the cluster’s own count of calls in flight goes before the sum', () => {
    const endpoints = weighted(1, 1)
    load(endpoints, 4, 0)
    const scene = { ...context({ balanceFactor: 100 }), active: () => 100 }
    expect(boundedLoad(endpoints, scene)(0, hash)).toBe(0)
  })
})

describe('an overloaded endpoint passes a call on', () => {
  const endpoints = weighted(1, 1, 1, 1, 1, 1)
  const bounded = boundedLoad(endpoints, context({ balanceFactor: 100 }))

  it('to the first with room in the order that mt19937 shuffles for the hash', () => {
    load(endpoints, 60, 9, 9, 9, 9, 9)
    const random = new Mt19937()
    for (const lo of [0, 1, 2, 77, -5]) {
      random.seed(lo)
      const order = [0, 1, 2, 3, 4, 5]
      for (const i of order.keys()) {
        const j = i + random.below(6 - i)
        ;[order[i], order[j]] = [order[j] ?? 0, order[i] ?? 0]
      }
      expect(bounded(0, { hi: 9, lo })).toBe(order.find((index) => index !== 0))
    }
  })

  it('to different ones for different hashes, the same for the same', () => {
    load(endpoints, 60, 9, 9, 9, 9, 9)
    const to = Array.from({ length: 200 }, (_, lo) => bounded(0, { hi: 0, lo }))
    expect(new Set(to)).toEqual(new Set([1, 2, 3, 4, 5]))
    expect(Array.from({ length: 200 }, (_, lo) => bounded(0, { hi: 0, lo }))).toEqual(to)
  })

  it('to the least overloaded when none has room', () => {
    const scene = { ...context({ balanceFactor: 100 }), active: () => 0 }
    load(endpoints, 9, 8, 7, 3, 8, 9)
    for (const lo of [1, 2, 3]) expect(boundedLoad(endpoints, scene)(0, { hi: 0, lo })).toBe(3)
  })
})

it('a single hot key is shared out once its endpoint is full', () => {
  const endpoints = weighted(1, 1, 1, 1)
  const balancer = ringHash(endpoints, context({ type: 'ring-hash', balanceFactor: 110 }))
  const counts = shares(endpoints, 400, () => {
    const picked = balancer.pick(call(), hash, 0)
    if (picked !== undefined) picked.active++
    return picked
  })
  // 1.1 times the mean, and the calls that reach it.
  expect(Math.max(...counts)).toBeLessThanOrEqual(112)
  expect(Math.min(...counts)).toBeGreaterThan(0)
})
