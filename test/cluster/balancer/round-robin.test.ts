import { expect, it } from 'vitest'
import { roundRobin } from '../../../src/cluster/balancer/round-robin.js'
import { call, weighted } from '../scaffold.js'
import { context } from './scaffold.js'

it('equal weights take turns from a random start', () => {
  const balancer = roundRobin(
    weighted(2, 2, 2),
    context({}, () => 0.5),
  )
  expect(Array.from({ length: 4 }, () => balancer.pick(call(), undefined, 0)?.id)).toEqual([
    'h1:80',
    'h2:80',
    'h0:80',
    'h1:80',
  ])
})

it('unequal weights take turns as often as they weigh', () => {
  const balancer = roundRobin(weighted(1, 3), context())
  const picks = Array.from({ length: 400 }, () => balancer.pick(call(), undefined, 0)?.id)
  expect(picks.filter((id) => id === 'h0:80')).toHaveLength(100)
})

it('a single endpoint takes every turn', () => {
  const balancer = roundRobin(
    weighted(1),
    context({}, () => 0.9),
  )
  expect([balancer.pick(call(), undefined, 0)?.id, balancer.pick(call(), undefined, 0)?.id]).toEqual(['h0:80', 'h0:80'])
})
