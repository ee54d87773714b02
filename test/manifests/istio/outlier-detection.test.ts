import { describe, expect, it } from 'vitest'
import { destinationRule, found, loadText } from '../load-text.js'
import { policy, problems, ten } from './policy-text.js'

describe('outlierDetection', () => {
  it("has Istio's defaults, and like Istio does not spare one endpoint", async () => {
    expect((await policy('    outlierDetection: {}\n'))?.outlierDetection).toEqual({
      consecutive5xxErrors: 5,
      consecutiveGatewayErrors: 0,
      interval: 10_000,
      baseEjectionTime: 30_000,
      maxEjectionPercent: 10,
      alwaysEjectOne: false,
      panicThresholdPercent: 0,
    })
  })

  it('takes what is written', async () => {
    const text = `    outlierDetection: { consecutive5xxErrors: 0, consecutiveGatewayErrors: 3, interval: 1m,
      baseEjectionTime: 2m, maxEjectionPercent: 100, minHealthPercent: 30 }\n`
    expect((await policy(text))?.outlierDetection).toEqual({
      consecutive5xxErrors: 0,
      consecutiveGatewayErrors: 3,
      interval: 60_000,
      baseEjectionTime: 120_000,
      maxEjectionPercent: 100,
      alwaysEjectOne: false,
      panicThresholdPercent: 30,
    })
  })

  it.each<[string, unknown]>([
    ['splitExternalLocalOriginErrors: true', { splitLocalOriginErrors: true, consecutiveLocalOriginFailures: 5 }],
    [
      'splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2',
      { splitLocalOriginErrors: true, consecutiveLocalOriginFailures: 2 },
    ],
    ['outlierDetectionHttpErrorCodes: [500, 503, 500]', { errorStatuses: [500, 503] }],
  ])('%s is %j', async (text, native) => {
    expect((await policy(`    outlierDetection: { ${text} }\n`))?.outlierDetection).toMatchObject(native as object)
  })

  it.each([
    [10, 9, true],
    [10, 10, false],
    [33, 3, true],
    [34, 3, false],
    [50, 2, false],
    [100, 1, false],
    [99, 1, true],
    [10, 0, true],
  ])('at %i %% of %i endpoints never ejects: %s', async (percent, count, never) => {
    const endpoints = { reviews: ten.reviews.slice(0, count) }
    const config = await loadText(destinationRule(`    outlierDetection: { maxEjectionPercent: ${percent} }\n`), {
      endpoints,
    })
    expect(found(config).some((line) => line.includes('never-ejects'))).toBe(never)
  })

  it.each([
    ['maxEjectionPercent: 101', 'error invalid-value'],
    ['minHealthPercent: -1', 'error invalid-value'],
    ['interval: 0s', 'error invalid-value'],
    ['interval: 2.000000005s', 'error invalid-value'],
    ['baseEjectionTime: 2.000000005s', 'error invalid-value'],
    ['consecutive5xxErrors: "5"', 'error wrong-type'],
    ['consecutiveErrors: 5', 'warning unsupported-field'],
    ['consecutiveLocalOriginFailures: 5', 'error invalid-value'],
    ['outlierDetectionHttpErrorCodes: [99]', 'error invalid-value'],
    ['outlierDetectionHttpErrorCodes: ["500"]', 'error invalid-value'],
  ])('%s gives a line', async (field, expected) => {
    const lines = await problems(`    outlierDetection: { ${field} }\n`)
    expect(lines).toEqual([expect.stringMatching(new RegExp(`^m\\.yaml:8:\\d+ ${expected}`))])
  })
})
