import { expect, it } from 'vitest'
import { EdfScheduler } from '../../../src/cluster/balancer/edf.js'
import type { Endpoint } from '../../../src/cluster/index.js'
import { seededRandom } from '../../bench/harness/random.js'
import { weighted } from '../scaffold.js'

const own = (endpoint: Endpoint): number => endpoint.weight

it('weights 1 and 2 interleave as in the golden of mesh.md 3.1', () => {
  const edf = new EdfScheduler(weighted(1, 2), own, () => 0)
  expect(Array.from({ length: 6 }, () => edf.pick()?.id)).toEqual([
    'h1:80',
    'h0:80',
    'h1:80',
    'h1:80',
    'h0:80',
    'h1:80',
  ])
})

it('over a period every endpoint gets exactly its weight', () => {
  const weights = [5, 1, 3, 7]
  const edf = new EdfScheduler(weighted(...weights), own, () => 0)
  const picks = Array.from({ length: 1_600 }, () => edf.pick()?.id)
  expect(weights.map((_, i) => picks.filter((id) => id === `h${i}:80`).length)).toEqual([500, 100, 300, 700])
})

it('a random start moves the first pick, not the shares', () => {
  const random = seededRandom(7)
  const first = new Set<string | undefined>()
  for (let run = 0; run < 50; run++) {
    const edf = new EdfScheduler(weighted(1, 2, 3), own, random)
    const picks = Array.from({ length: 600 }, () => edf.pick()?.id)
    first.add(picks[0])
    expect(picks.filter((id) => id === 'h0:80').length).toBeGreaterThanOrEqual(99)
    expect(picks.filter((id) => id === 'h0:80').length).toBeLessThanOrEqual(101)
  }
  expect(first.size).toBe(3)
})

it('a start among many of one weight lies anywhere, too', () => {
  const random = seededRandom(8)
  const first = new Set<string | undefined>()
  for (let run = 0; run < 300; run++) {
    const edf = new EdfScheduler(weighted(...Array<number>(9).fill(1), 2), own, random)
    edf.pick()
    first.add(edf.pick()?.id)
  }
  expect(first.size).toBe(10)
})

it('the start lies anywhere in a period: the smallest weight may come first, against the largest', () => {
  const edf = new EdfScheduler(weighted(1, 4_294_967_295), own, () => 0.999_999_999_9)
  const picks = new Set(Array.from({ length: 2_000_000 }, () => edf.pick()?.id))
  expect(picks).toContain('h0:80')
})

it('a weight that has grown counts from its next turn, or at once when hastened', () => {
  const endpoints = weighted(1, 1)
  const factor = [1, 0.001]
  const edf = new EdfScheduler(
    endpoints,
    (one) => factor[endpoints.indexOf(one)] ?? 0,
    () => 0,
  )
  const picks = (): (string | undefined)[] => Array.from({ length: 4 }, () => edf.pick()?.id.slice(0, 2))
  expect(picks()).toEqual(['h0', 'h0', 'h0', 'h0'])
  factor[1] = 1
  expect(picks()).toEqual(['h0', 'h0', 'h0', 'h0'])
  edf.hasten()
  expect(picks()).toEqual(['h1', 'h0', 'h1', 'h0'])
})

it('nothing is picked from nothing', () => {
  expect(new EdfScheduler([], own, () => 0).pick()).toBeUndefined()
})
