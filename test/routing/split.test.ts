import { describe, expect, it } from 'vitest'
import { WeightedSplit } from '../../src/routing/split.js'
import { seededRandom } from '../bench/harness/random.js'

const split = (...weights: (number | undefined)[]): WeightedSplit<string> =>
  new WeightedSplit(weights.map((weight, i) => ({ value: `cluster${i + 1}`, weight })))

describe('a weighted split', () => {
  it.each([
    [115, 'cluster1'],
    [445, 'cluster2'],
    [560, 'cluster3'],
    [10, 'cluster1'],
    [30, 'cluster2'],
    [70, 'cluster3'],
    [0, 'cluster1'],
    [29, 'cluster1'],
    [59, 'cluster2'],
    [60, 'cluster3'],
    [99, 'cluster3'],
    [100, 'cluster1'],
  ])('30/30/40: the value %i falls to %s (golden of mesh.md 1.4)', (value, cluster) => {
    expect(split(30, 30, 40).at(value)).toBe(cluster)
  })

  it.each([
    [0, 'cluster1'],
    [0.299, 'cluster1'],
    [0.3, 'cluster2'],
    [0.999_999, 'cluster3'],
  ])('30/30/40: the draw %d falls to %s', (draw, cluster) => {
    expect(split(30, 30, 40).draw(() => draw)).toBe(cluster)
  })

  it.each([[0], [undefined], [7]])('a single choice takes all, with weight %s, and draws nothing', (weight) => {
    const never = (): number => {
      throw new Error('drawn')
    }
    expect(split(weight).draw(never)).toBe('cluster1')
  })

  it('weight 0 among others receives nothing', () => {
    const drawn = new Set(Array.from({ length: 1_000 }, (_, i) => split(0, 3, 0).at(i)))
    expect(drawn).toEqual(new Set(['cluster2']))
  })

  it.each([[[0, 0]], [[]], [[undefined, undefined]], [[Number.NaN, 0]], [[-1, 0]]])(
    'weights %j cannot be drawn from',
    (weights) => {
      expect(() => split(...weights)).toThrow(expect.objectContaining({ code: 'ERR_MESH_CONFIG' }))
    },
  )

  it('tells the shares', () => {
    expect(split(80, 0, 20).shares()).toEqual([
      { value: 'cluster1', share: 0.8 },
      { value: 'cluster3', share: 0.2 },
    ])
  })

  it.each([[[90, 10]], [[1, 1, 1]], [[30, 30, 40]], [[1, 99]], [[5, 4, 3, 2, 1]]])(
    'over 100,000 draws %j comes out as weighted (chi-square, p > 0.01)',
    (weights) => {
      const random = seededRandom(2_026)
      const chosen = split(...weights)
      const counts = new Map<string, number>()
      for (let i = 0; i < 100_000; i++) {
        const value = chosen.draw(random)
        counts.set(value, (counts.get(value) ?? 0) + 1)
      }
      const sum = weights.reduce((a, b) => a + b, 0)
      const chi = weights.reduce((total, weight, i) => {
        const expected = (100_000 * weight) / sum
        return total + ((counts.get(`cluster${i + 1}`) ?? 0) - expected) ** 2 / expected
      }, 0)
      const critical = [Number.NaN, 6.635, 9.21, 11.345, 13.277][weights.length - 1]
      expect(chi).toBeLessThan(critical ?? Number.NaN)
    },
  )
})
