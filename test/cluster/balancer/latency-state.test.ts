import { expect, it } from 'vitest'
import { LatencyState } from '../../../src/cluster/balancer/latency-state.js'

const decayMs = 10_000

it('follows a peak at once', () => {
  const state = new LatencyState()
  state.observe(5, 0, decayMs)
  state.observe(400, 1, decayMs)
  expect(state.at(1, decayMs)).toBe(400)
})

it('comes down as old latencies are forgotten', () => {
  const state = new LatencyState()
  state.observe(400, 0, decayMs)
  state.observe(10, 10_000, decayMs)
  expect(state.at(10_000, decayMs)).toBeCloseTo(400 / Math.E + 10 * (1 - 1 / Math.E), 9)
})

it('fades while nothing is heard, so that a slow endpoint is tried again', () => {
  const state = new LatencyState()
  state.observe(400, 0, decayMs)
  expect(state.at(10_000, decayMs)).toBeCloseTo(400 / Math.E, 9)
  expect(state.at(1e9, decayMs)).toBe(0)
})

it('begins with its first latency, wherever the clock begins', () => {
  const state = new LatencyState()
  state.observe(5, -1e9, decayMs)
  expect(state.at(-1e9, decayMs)).toBe(5)
})
