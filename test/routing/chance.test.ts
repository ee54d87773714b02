import { expect, it } from 'vitest'
import { Chance } from '../../src/routing/chance.js'
import { seededRandom } from '../bench/harness/random.js'

it.each([
  [50, 0.499_999, true],
  [50, 0.5, false],
  [0.0001, 0.000_000_9, true],
  [0.0001, 0.000_001, false],
  [1.15, 0.011_499, true],
  [1.15, 0.0115, false],
  [0.000_01, 0, false],
])('%d %% with the draw %d: %s', (percentage, draw, expected) => {
  expect(new Chance(percentage).hits(() => draw)).toBe(expected)
})

it.each([
  [0, false],
  [100, true],
])('%d %% draws nothing', (percentage, expected) => {
  const never = (): number => {
    throw new Error('drawn')
  }
  expect(new Chance(percentage).hits(never)).toBe(expected)
})

it('over 100,000 draws 10 % comes out as 10 % (chi-square, p > 0.01)', () => {
  const random = seededRandom(7)
  const chance = new Chance(10)
  let hits = 0
  for (let i = 0; i < 100_000; i++) if (chance.hits(random)) hits++
  expect((hits - 10_000) ** 2 / 10_000 + (hits - 10_000) ** 2 / 90_000).toBeLessThan(6.635)
})
