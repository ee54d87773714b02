import { describe, expect, it } from 'vitest'
import { AdmissionControl } from '../../../src/resilience/concurrency/admission-control.js'
import type { AdmissionOptions } from '../../../src/resilience/concurrency/index.js'
import { fakeClock } from '../../../src/testing/fake-clock.js'

function given(options: AdmissionOptions, good: number, bad: number) {
  const clock = fakeClock()
  const control = new AdmissionControl(options, { clock, random: () => 0.5 })
  for (let i = 0; i < good; i++) control.record('success')
  for (let i = 0; i < bad; i++) control.record('failure')
  return { clock, control }
}

describe('the chance to be refused', () => {
  it.each<[string, AdmissionOptions, number, number, number]>([
    ['is none without calls', {}, 0, 0, 0],
    ['is none while enough succeed', {}, 95, 5, 0],
    ['rises with the failures', {}, 50, 50, (100 - 50 / 0.95) / 101],
    ['rises sooner with more aggression', { aggression: 2 }, 50, 50, ((100 - 50 / 0.95) / 101) ** 0.5],
    ['is at most 80 %', {}, 0, 1_000, 0.8],
    ['is at most what is configured', { maxRejectionPercent: 30 }, 0, 1_000, 0.3],
    ['is none below the least rate', { minRequestsPerSecond: 10 }, 0, 299, 0],
    ['counts from the least rate on', { minRequestsPerSecond: 10 }, 0, 300, 0.8],
  ])('%s', (_, options, good, bad, chance) => {
    expect(given(options, good, bad).control.rejection).toBeCloseTo(chance, 10)
  })

  it('sinks again when the failures leave the window', async () => {
    const { clock, control } = given({}, 0, 100)
    await clock.advance(27_000)
    expect(control.rejects()).toBe(true)
    await clock.advance(3_000)
    expect(control.rejects()).toBe(false)
  })

  it('takes a 4xx for a success', () => {
    const { control } = given({}, 0, 0)
    for (let i = 0; i < 100; i++) control.record('ignored')
    expect(control.rejection).toBe(0)
  })
})
