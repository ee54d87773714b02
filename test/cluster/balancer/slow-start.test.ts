import { describe, expect, it } from 'vitest'
import { balancerFor } from '../../../src/cluster/balancer/index.js'
import type { SlowStartOptions } from '../../../src/cluster/balancer/options.js'
import { slowStartFactor } from '../../../src/cluster/balancer/slow-start.js'
import { seededRandom } from '../../bench/harness/random.js'
import { call, replay, weighted } from '../scaffold.js'
import { context, shares } from './scaffold.js'

describe('the factor is max(minimum, (elapsed / window) ^ (1 / aggression))', () => {
  it.each<[SlowStartOptions, number, number]>([
    [{ window: '60s' }, 0, 0.1],
    [{ window: '60s' }, 6_000, 0.1],
    [{ window: '60s' }, 15_000, 0.25],
    [{ window: '60s' }, 59_999, 59_999 / 60_000],
    [{ window: '60s' }, 60_000, 1],
    [{ window: '60s' }, 600_000, 1],
    [{ window: '60s', minimumPercent: 30 }, 15_000, 0.3],
    [{ window: '60s', minimumPercent: 0 }, 0, 1 / 60_000],
    [{ window: '60s', aggression: 2 }, 15_000, 0.5],
    [{ window: '60s', aggression: 0.5 }, 30_000, 0.25],
  ])('%j after %d ms is %d', (options, elapsedMs, expected) => {
    expect(slowStartFactor(options, elapsedMs)).toBeCloseTo(expected, 10)
  })
})

describe.each(['round-robin', 'least-request'] as const)('%s', (type) => {
  /** Four endpoints, the last of which is new at 100 s; the share of its picks in a second from `atMs` on. */
  const newcomersShare = (slowStart: SlowStartOptions, weights: number[], atMs: number): number => {
    const endpoints = weighted(...weights)
    for (const [i, one] of endpoints.entries()) one.addedAtMs = i === endpoints.length - 1 ? 100_000 : 0
    const scene = context({ type, slowStart }, seededRandom(3))
    scene.nowMs = 100_000
    const balancer = balancerFor(scene.settings)(endpoints, scene)
    const picksPerMs = 2
    let share = 0
    for (; scene.nowMs < 100_000 + atMs + 1_000; scene.nowMs++) {
      const counts = shares(endpoints, picksPerMs, () => balancer.pick(call(), undefined, 0))
      if (scene.nowMs >= 100_000 + atMs) share += (counts.at(-1) ?? 0) / (1_000 * picksPerMs)
    }
    return share
  }

  it.each([
    { atMs: 0, factor: 0.1 },
    { atMs: 14_500, factor: 0.25 },
    { atMs: 29_500, factor: 0.5 },
    { atMs: 60_000, factor: 1 },
  ])('a newcomer among equals has $factor of a share after $atMs ms', ({ atMs, factor }) => {
    const share = newcomersShare({ window: '60s' }, [1, 1, 1, 1], atMs)
    // Least-request draws at random once nobody is new.
    expect(Math.abs(share - factor / (3 + factor))).toBeLessThan(0.02)
  })

  it('its weight counts as well', () => {
    expect(newcomersShare({ window: '60s' }, [1, 1, 1, 4], 29_500)).toBeCloseTo(2 / 5, 2)
  })

  it('one that starts from nothing does not wait for a turn that was set when it weighed nothing', () => {
    expect(newcomersShare({ window: '60s', minimumPercent: 0 }, [1, 1, 1, 1], 29_500)).toBeCloseTo(0.5 / 3.5, 2)
  })

  it('endpoints that are all new share alike', () => {
    const endpoints = weighted(1, 1, 1)
    const scene = context({ type, slowStart: { window: '60s' } }, seededRandom(4))
    for (const one of endpoints) one.addedAtMs = 0
    const balancer = balancerFor(scene.settings)(endpoints, scene)
    expect(shares(endpoints, 300, () => balancer.pick(call(), undefined, 0))).toEqual([100, 100, 100])
  })
})

it('when no endpoint is new any more, least-request draws two at random again', () => {
  const endpoints = weighted(1, 1)
  for (const one of endpoints) one.addedAtMs = 0
  const scene = context({ slowStart: { window: '60s' } }, replay(0, 0, 0.25, 0.75))
  const balancer = balancerFor(scene.settings)(endpoints, scene)
  scene.nowMs = 60_000
  for (const [i, one] of endpoints.entries()) one.active = 1 - i
  expect(balancer.pick(call(), undefined, 0)?.id).toBe('h1:80')
})
