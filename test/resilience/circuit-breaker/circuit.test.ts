import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { Circuit } from '../../../src/resilience/circuit-breaker/circuit.js'
import { fakeClock } from '../../../src/testing/index.js'

const settings = { errorThresholdPercentage: 50, volumeThreshold: 10, rollingWindowMs: 10_000, buckets: 10 }

it('keeps counts of a window, not its calls', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  const clock = fakeClock()
  const circuit = new Circuit(settings, clock, () => {})
  async function some(): Promise<number> {
    for (let second = 0; second < 5; second++) {
      for (let i = 0; i < 40_000; i++) circuit.record(false)
      await clock.advance(1_000)
    }
    collect()
    return process.memoryUsage().heapUsed
  }
  const before = await some()
  const after = await some()
  circuit.shutdown()
  expect((after - before) / 200_000).toBeLessThan(2)
})

it('opens by the outcomes of the window', async () => {
  const clock = fakeClock()
  let opened = 0
  const circuit = new Circuit(settings, clock, () => opened++)
  for (let i = 0; i < 9; i++) circuit.record(true)
  await clock.advance(10_001)
  for (let i = 0; i < 9; i++) circuit.record(true)
  expect(opened).toBe(0)
  circuit.record(true)
  expect(opened).toBe(1)
  circuit.shutdown()
})

it.each([
  { after: 5_000, failures: 100 },
  { after: 10_001, failures: 10 },
])('weighs failures against the 100 successes of $after ms before: $failures open it', async ({ after, failures }) => {
  const clock = fakeClock()
  let opened = 0
  const circuit = new Circuit(settings, clock, () => opened++)
  for (let i = 0; i < 100; i++) circuit.record(false)
  await clock.advance(after)
  for (let i = 1; i < failures; i++) circuit.record(true)
  expect(opened).toBe(0)
  circuit.record(true)
  expect(opened).toBe(1)
  circuit.shutdown()
})

it('forgets successes with their own bucket, whatever came after them', async () => {
  const clock = fakeClock()
  let opened = 0
  const circuit = new Circuit(settings, clock, () => opened++)
  for (let i = 0; i < 100; i++) circuit.record(false)
  await clock.advance(9_000)
  circuit.record(false)
  await clock.advance(2_000)
  for (let i = 0; i < 10; i++) circuit.record(true)
  expect(opened).toBe(1)
  circuit.shutdown()
})
