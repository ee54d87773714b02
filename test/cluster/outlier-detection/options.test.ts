import { expect, it } from 'vitest'
import { outlierDetectionOptions } from '../../../src/cluster/index.js'
import { outlierSettings } from '../../../src/cluster/outlier-detection/options.js'
import { problemsOf } from '../../../src/core/schema/index.js'

it.each([
  { consecutive5xxErrors: -1 },
  { consecutive5xxErrors: 2.5 },
  { interval: 0 },
  { baseEjectionTime: '0s' },
  { baseEjectionTime: '30d' },
  { maxEjectionPercent: 101 },
  { panicThresholdPercent: Number.NaN },
  { consecutiveErrors: 5 },
])('%j is refused', (options) => {
  expect(problemsOf(outlierDetectionOptions, options)).toHaveLength(1)
})

it('the longest ejection is five minutes, or the base if that is longer', () => {
  expect(outlierSettings({}).maxEjectionMs).toBe(300_000)
  expect(outlierSettings({ baseEjectionTime: '10m' }).maxEjectionMs).toBe(600_000)
})
