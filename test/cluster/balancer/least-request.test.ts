import { describe, expect, it } from 'vitest'
import { leastRequest } from '../../../src/cluster/balancer/least-request.js'
import type { LoadBalancerSettings } from '../../../src/cluster/balancer/options.js'
import { call, replay, weighted } from '../scaffold.js'
import { context } from './scaffold.js'

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
    expect(leastRequest(endpoints, context({}, replay(...draws))).pick(call(), undefined, 0)?.id).toBe(picked)
  })

  it('more choices are more draws, and the least loaded of them wins', () => {
    const endpoints = weighted(1, 1, 1, 1)
    for (const [i, one] of endpoints.entries()) one.active = 4 - i
    const balancer = leastRequest(endpoints, context({ choices: 4 }, replay(0, 0.5, 0.25, 0.75)))
    expect(balancer.pick(call(), undefined, 0)?.id).toBe('h3:80')
  })
})

describe('unequal weights: a schedule by weight / (active + 1) ^ bias, goldens of mesh.md 3.1', () => {
  const scene = (settings: LoadBalancerSettings) => {
    const endpoints = weighted(1, 2)
    const balancer = leastRequest(endpoints, context(settings))
    return {
      picks: (n: number): (string | undefined)[] =>
        Array.from({ length: n }, () => balancer.pick(call(), undefined, 0)?.id.slice(0, 2)),
      load: (h0: number, h1: number): void => {
        for (const [i, one] of endpoints.entries()) one.active = i === 0 ? h0 : h1
      },
    }
  }
  const ofH1 = (picks: (string | undefined)[]): number => picks.filter((id) => id === 'h1').length

  it('1:2 idle is h1 h0 h1 h1 h0 h1, then 1:1 with one call on h1, then 4:1 with one on h0', () => {
    const { picks, load } = scene({})
    expect(picks(6)).toEqual(['h1', 'h0', 'h1', 'h1', 'h0', 'h1'])
    load(0, 1)
    expect(ofH1(picks(100))).toBe(50)
    load(1, 0)
    const skewed = ofH1(picks(500))
    expect(skewed).toBeGreaterThanOrEqual(398)
    expect(skewed).toBeLessThanOrEqual(402)
  })

  it('a bias of 0 is a plain weighted round robin', () => {
    const { picks, load } = scene({ activeRequestBias: 0 })
    load(0, 9)
    expect(ofH1(picks(300))).toBe(200)
  })

  it('a bias of 2 counts calls in flight by their square', () => {
    const { picks, load } = scene({ activeRequestBias: 2 })
    load(0, 1)
    const share = ofH1(picks(300))
    expect(share).toBeGreaterThanOrEqual(99)
    expect(share).toBeLessThanOrEqual(101)
  })
})
