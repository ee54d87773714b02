import { expect, it } from 'vitest'
import { roundRobin } from '../../../src/cluster/balancer/round-robin.js'
import { call, weighted } from '../scaffold.js'

it('equal weights take turns from a random start', () => {
  const balancer = roundRobin(weighted(2, 2, 2), () => 0.5)
  expect(Array.from({ length: 4 }, () => balancer.pick(call())?.id)).toEqual(['h1:80', 'h2:80', 'h0:80', 'h1:80'])
})

it('unequal weights take turns as often as they weigh', () => {
  const balancer = roundRobin(weighted(1, 3), () => 0)
  const picks = Array.from({ length: 400 }, () => balancer.pick(call())?.id)
  expect(picks.filter((id) => id === 'h0:80')).toHaveLength(100)
})

it('a single endpoint takes every turn, and none is none', () => {
  const balancer = roundRobin(weighted(1), () => 0.9)
  expect([balancer.pick(call())?.id, balancer.pick(call())?.id]).toEqual(['h0:80', 'h0:80'])
  expect(roundRobin([], () => 0.9).pick(call())).toBeUndefined()
})
