import { expect, it } from 'vitest'
import { Mt19937 } from '../../../src/core/hash/mt19937.js'

it('begins as the reference does with its default seed, and is where the C++ standard says after 10,000', () => {
  const random = new Mt19937()
  random.seed(5489)
  expect([random.next(), random.next(), random.next()]).toEqual([3499211612, 581869302, 3890346734])
  for (let i = 3; i < 9_999; i++) random.next()
  expect(random.next()).toBe(4123659995)
})

it('the same seed gives the same sequence, also halfway through another', () => {
  const random = new Mt19937()
  random.seed(7)
  const first = Array.from({ length: 700 }, () => random.next())
  random.seed(7)
  expect(Array.from({ length: 700 }, () => random.next())).toEqual(first)
})

it('integers below n are the numbers in n equal parts of the range', () => {
  const random = new Mt19937()
  random.seed(5489)
  expect(random.below(10)).toBe(Math.floor(3499211612 / 429_496_729))
  for (let i = 0; i < 1_000; i++) expect(random.below(7)).toBeLessThan(7)
})
