import { expect, it } from 'vitest'
import { randomChoice } from '../../../src/cluster/balancer/random.js'
import { call, replay, weighted } from '../scaffold.js'
import { context } from './scaffold.js'

it('equal weights are drawn by index', () => {
  const balancer = randomChoice(weighted(1, 1, 1, 1), context({}, replay(0, 0.25, 0.5, 0.999)))
  expect(Array.from({ length: 4 }, () => balancer.pick(call(), undefined, 0)?.id)).toEqual([
    'h0:80',
    'h1:80',
    'h2:80',
    'h3:80',
  ])
})

it('unequal weights cut the interval at their running sums', () => {
  const balancer = randomChoice(weighted(1, 2, 1), context({}, replay(0, 0.249, 0.25, 0.749, 0.75, 0.999)))
  expect(Array.from({ length: 6 }, () => balancer.pick(call(), undefined, 0)?.id)).toEqual([
    'h0:80',
    'h0:80',
    'h1:80',
    'h1:80',
    'h2:80',
    'h2:80',
  ])
})
