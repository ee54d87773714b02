import { describe, expect, it } from 'vitest'
import { leastRequest } from '../../../src/cluster/balancer/least-request.js'
import { call, replay, weighted } from '../scaffold.js'

/** Envoy's tests draw integers modulo two hosts; these are the same draws as fractions. */
const draw = { h0: 0.25, h1: 0.75 }

describe('equal weights: two draws with replacement', () => {
  it.each([
    { draws: [draw.h0, draw.h1], active: [0, 0], picked: 'h0:80', why: 'the later draw is not strictly less loaded' },
    { draws: [draw.h0, draw.h1], active: [2, 1], picked: 'h1:80', why: 'the later draw is less loaded' },
    { draws: [draw.h0, draw.h1], active: [1, 2], picked: 'h0:80', why: 'the earlier draw is less loaded' },
    { draws: [draw.h1, draw.h0], active: [0, 0], picked: 'h1:80', why: 'the earlier draw wins a tie' },
    { draws: [draw.h0, draw.h0], active: [9, 0], picked: 'h0:80', why: 'both draws coincide on the busier one' },
  ])('$why', ({ draws, active, picked }) => {
    const endpoints = weighted(1, 1)
    for (const [i, one] of endpoints.entries()) one.active = active[i] ?? 0
    expect(leastRequest(endpoints, replay(...draws)).pick(call())?.id).toBe(picked)
  })
})

describe('unequal weights: a schedule by weight / (active + 1), goldens of mesh.md 3.1', () => {
  it('1:2 idle is h1 h0 h1 h1 h0 h1, then 1:1 with one call on h1, then 4:1 with one on h0', () => {
    const endpoints = weighted(1, 2)
    const balancer = leastRequest(endpoints, () => 0)
    const picks = (n: number): (string | undefined)[] =>
      Array.from({ length: n }, () => balancer.pick(call())?.id.slice(0, 2))
    const load = (h0: number, h1: number): void => {
      for (const [i, one] of endpoints.entries()) one.active = i === 0 ? h0 : h1
    }
    expect(picks(6)).toEqual(['h1', 'h0', 'h1', 'h1', 'h0', 'h1'])
    load(0, 1)
    const even = picks(100)
    expect(even.filter((id) => id === 'h1')).toHaveLength(50)
    load(1, 0)
    const skewed = picks(500)
    expect(skewed.filter((id) => id === 'h1').length).toBeGreaterThanOrEqual(398)
    expect(skewed.filter((id) => id === 'h1').length).toBeLessThanOrEqual(402)
  })
})
