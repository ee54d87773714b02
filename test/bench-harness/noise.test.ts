import { describe, expect, it } from 'vitest'
import { createCalibrationRecord, spoiltBy } from '../bench/harness/noise.js'

const limits = { slowdown: 0.25, foreignCores: 0.15 }

describe('noise', () => {
  it.each([
    { noise: { slowdown: 0.1, foreignCores: 0.1 }, reasons: [] },
    { noise: { slowdown: 0.5, foreignCores: 0 }, reasons: ['calibration 50 % slower'] },
    { noise: { slowdown: 0, foreignCores: 0.8 }, reasons: ['others used 80 % of a core'] },
    { noise: { slowdown: 0, foreignCores: null }, reasons: [] },
  ])('$noise is spoilt by $reasons', ({ noise, reasons }) => {
    expect(spoiltBy(noise, limits)).toEqual(reasons)
  })

  it('a slowdown is measured against the fastest calibration of the whole run, also one that comes later', () => {
    const record = createCalibrationRecord()
    const first = record.noiseOf([10, 10], 0.1)
    expect(first).toMatchObject({ slowdown: 0, foreignCores: 0.1 })
    expect(record.noiseOf([8, 10], null).slowdown).toBeCloseTo(0.25)
    expect(record.noiseOf([12, 9], null).slowdown).toBeCloseTo(0.5)
    expect(first.slowdown).toBeCloseTo(0.25)
  })
})
