import { describe, expect, it } from 'vitest'
import { Latencies } from '../../../src/resilience/hedge/latencies.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

function given(): {
  clock: ReturnType<typeof fakeClock>
  latencies: Latencies
  add: (ms: number, times?: number) => void
} {
  const clock = fakeClock()
  const latencies = new Latencies(clock)
  return {
    clock,
    latencies,
    add(ms, times = 1) {
      for (let i = 0; i < times; i++) latencies.add(ms)
    },
  }
}

describe('latencies', () => {
  it('say nothing before there are fifty', async () => {
    const { clock, latencies, add } = given()
    add(20, 49)
    expect(latencies.percentile(95)).toBe(Number.POSITIVE_INFINITY)
    add(20)
    await clock.advance(100)
    expect(latencies.percentile(95)).toBeGreaterThanOrEqual(20)
  })

  it.each([
    [50, 50],
    [90, 90],
    [95, 95],
    [99, 99],
    [99.9, 100],
  ])('know the %d. percentile of 1 to 100 ms to a tenth', (percentile, exact) => {
    const { latencies, add } = given()
    for (let ms = 1; ms <= 100; ms++) add(ms, 10)
    expect(latencies.percentile(percentile)).toBeGreaterThanOrEqual(exact)
    expect(latencies.percentile(percentile)).toBeLessThanOrEqual(exact * 1.1)
  })

  it('forget what is older than twenty seconds, and nothing younger than ten', async () => {
    const { clock, latencies, add } = given()
    add(1_000, 100)
    await clock.advance(9_999)
    expect(latencies.percentile(99)).toBeGreaterThan(900)
    await clock.advance(10_001)
    add(10, 100)
    expect(latencies.percentile(99)).toBeLessThan(20)
  })

  it('know nothing after a long silence', async () => {
    const { clock, latencies, add } = given()
    add(10, 100)
    await clock.advance(60_000)
    expect(latencies.percentile(50)).toBe(Number.POSITIVE_INFINITY)
  })

  it('neither sink nor climb for what was given up at the percentile that they gave', async () => {
    const { clock, latencies, add } = given()
    for (let ms = 1; ms <= 100; ms++) add(ms)
    const first = latencies.percentile(95)
    for (let round = 0; round < 50; round++) {
      const delayMs = latencies.percentile(95)
      for (let i = 0; i < 90; i++) add(1 + i)
      for (let i = 0; i < 10; i++) latencies.addBeyond(delayMs)
      await clock.advance(1_000)
    }
    expect(latencies.percentile(95)).toBe(first)
  })

  it('bear what no clock should say', () => {
    const { latencies, add } = given()
    add(0, 30)
    add(1e12, 30)
    expect(latencies.percentile(50)).toBeLessThan(1)
    expect(latencies.percentile(99)).toBe(2 ** 17)
  })
})
