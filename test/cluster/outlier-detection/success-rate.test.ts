import { describe, expect, it } from 'vitest'
import type { OutlierDetectionOptions } from '../../../src/cluster/index.js'
import { successRateThreshold } from '../../../src/cluster/outlier-detection/success-rate.js'
import { type Bed, bed, hosts } from '../scaffold.js'

it('Envoy’s golden: of 50, 100, 100, 100, 100 percent the threshold is 52', () => {
  expect(successRateThreshold([50, 100, 100, 100, 100], 1_900)).toBe(52)
})

it('equal rates are not below their own threshold, however their mean is rounded', () => {
  for (const failures of [1, 7, 33, 50])
    for (const n of [3, 7, 11, 59]) {
      const rates = Array.from({ length: n }, () => (100 * failures) / 101)
      for (const factor of [0, 500, 1_900])
        expect(successRateThreshold(rates, factor)).toBeLessThanOrEqual(rates[0] ?? 0)
    }
})

const off = { consecutive5xxErrors: 0, maxEjectionPercent: 100, interval: '10s' } as const

function detecting(n: number, options: OutlierDetectionOptions): Bed {
  const pool = bed(hosts(n))
  pool.cluster.detectOutliers({ ...off, ...options })
  return pool
}

/** `total` calls to an endpoint, the first `failed` of which fail. */
function calls({ cluster, at }: Bed, i: number, total: number, failed: number): void {
  for (let n = 0; n < total; n++) cluster.outliers.report(at(i), n < failed ? 500 : 200)
}

const ejected = ({ cluster }: Bed): string[] => cluster.endpoints.filter((one) => one.ejected).map(({ host }) => host)
const sweep = (pool: Bed): Promise<void> => pool.clock.advance(10_000)

describe('success rate', () => {
  it.each([
    { rates: [51, 100, 100, 100, 100], out: ['h0'], why: '51 is below 52.96' },
    { rates: [50, 100, 100, 100, 100], out: ['h0'], why: '50 is below 52' },
    { rates: [90, 90, 90, 90, 90], out: [], why: 'all are alike: the threshold is their rate, and none lies below' },
    { rates: [0, 0, 100, 100, 100], out: [], why: 'the deviation is too large: the threshold is below 0' },
    { rates: [0, 100, 100, 100], out: [], why: 'four are too few to compare' },
  ])('$rates percent eject $out, as $why', async ({ rates, out }) => {
    const pool = detecting(rates.length, { successRate: {} })
    for (const [i, rate] of rates.entries()) calls(pool, i, 100, 100 - rate)
    expect(ejected(pool)).toEqual([])
    await sweep(pool)
    expect(ejected(pool)).toEqual(out)
    for (const event of pool.ejections) expect(event.reason).toBe('success-rate')
  })

  it('does not compare endpoints with too few calls', async () => {
    const pool = detecting(6, { successRate: { minimumHosts: 5 } })
    for (const i of [0, 1, 2, 3, 4]) calls(pool, i, 100, 0)
    calls(pool, 5, 99, 99)
    await sweep(pool)
    expect(ejected(pool)).toEqual([])
  })

  it('obeys its options', async () => {
    const pool = detecting(3, { successRate: { minimumHosts: 3, requestVolume: 10, stdevFactor: 1_000 } })
    calls(pool, 0, 10, 10)
    calls(pool, 1, 10, 0)
    calls(pool, 2, 10, 0)
    await sweep(pool)
    expect(ejected(pool)).toEqual(['h0'])
  })

  it('judges an interval at a time', async () => {
    const pool = detecting(5, { successRate: {} })
    for (const i of [0, 1, 2, 3, 4]) calls(pool, i, 60, i === 0 ? 60 : 0)
    await sweep(pool)
    for (const i of [0, 1, 2, 3, 4]) calls(pool, i, 60, i === 0 ? 60 : 0)
    await sweep(pool)
    expect(ejected(pool)).toEqual([])
    for (const i of [0, 1, 2, 3, 4]) calls(pool, i, 100, i === 0 ? 100 : 0)
    await sweep(pool)
    expect(ejected(pool)).toEqual(['h0'])
  })

  it('leaves out those that are ejected already', async () => {
    const pool = detecting(6, { successRate: {}, consecutive5xxErrors: 5 })
    calls(pool, 5, 100, 100)
    for (const i of [0, 1, 2, 3]) calls(pool, i, 100, 0)
    await sweep(pool)
    expect(pool.ejections.map(({ reason }) => reason)).toEqual(['consecutive-5xx'])
  })
})

describe('failure percentage', () => {
  it.each([
    { failed: [50, 0, 0, 0, 0], out: ['h0'] },
    { failed: [43, 42, 0, 0, 0], out: ['h0'] },
    { failed: [50, 50, 50, 50, 50], out: ['h0', 'h1', 'h2', 'h3', 'h4'] },
    { failed: [50, 0, 0, 0], out: [] },
  ])('$failed failures of 50 eject $out: from 85 percent on, of five endpoints or more', async ({ failed, out }) => {
    const pool = detecting(failed.length, { failurePercentage: {} })
    for (const [i, count] of failed.entries()) calls(pool, i, 50, count)
    await sweep(pool)
    expect(ejected(pool)).toEqual(out)
    for (const event of pool.ejections) expect(event.reason).toBe('failure-percentage')
  })

  it('obeys its options', async () => {
    const pool = detecting(2, { failurePercentage: { threshold: 50, minimumHosts: 1, requestVolume: 4 } })
    calls(pool, 0, 4, 2)
    calls(pool, 1, 3, 3)
    await sweep(pool)
    expect(ejected(pool)).toEqual(['h0'])
  })

  it('does not eject again what the success rate has', async () => {
    const pool = detecting(6, { successRate: {}, failurePercentage: {} })
    for (const i of [0, 1, 2, 3, 4, 5]) calls(pool, i, 100, i === 0 ? 100 : 0)
    await sweep(pool)
    expect(pool.ejections).toMatchObject([{ endpoint: 'h0:80', reason: 'success-rate' }])
    expect(pool.at(0).outlier.multiplier).toBe(1)
  })

  it('stays within the percentage that may be ejected', async () => {
    const pool = detecting(5, { failurePercentage: {}, maxEjectionPercent: 40 })
    for (const i of [0, 1, 2, 3, 4]) calls(pool, i, 50, 50)
    await sweep(pool)
    expect(ejected(pool)).toEqual(['h0', 'h1'])
  })
})

describe('exchanges that are counted apart', () => {
  it.each([
    { options: { successRate: {} }, reason: 'success-rate-local-origin' },
    { options: { failurePercentage: {} }, reason: 'failure-percentage-local-origin' },
  ])('have a rate of their own: $reason', async ({ options, reason }) => {
    const pool = detecting(5, { ...options, splitLocalOriginErrors: true, consecutiveLocalOriginFailures: 0 })
    for (const i of [0, 1, 2, 3, 4])
      for (let n = 0; n < 100; n++) pool.cluster.outliers.reportExchange(pool.at(i), i > 0)
    await sweep(pool)
    expect(pool.ejections).toMatchObject([{ endpoint: 'h0:80', reason }])
  })
})

describe('the order of a sweep', () => {
  it('ejections end first, so that the interval’s verdict may take their place', async () => {
    const pool = detecting(5, {
      failurePercentage: { minimumHosts: 1 },
      consecutive5xxErrors: 5,
      baseEjectionTime: '10s',
      maxEjectionPercent: 20,
    })
    for (let n = 0; n < 5; n++) pool.cluster.outliers.report(pool.at(0), 500)
    for (let n = 0; n < 50; n++) pool.cluster.outliers.report(pool.at(1), n % 10 < 9 ? 500 : 200)
    pool.at(1).outlier.clearConsecutive()
    await sweep(pool)
    expect(pool.ejections.map(({ endpoint, reason }) => `${endpoint} ${reason}`)).toEqual([
      'h0:80 consecutive-5xx',
      'h0:80 expired',
      'h1:80 failure-percentage',
    ])
  })

  it('what the verdict has just ejected keeps its multiplier', async () => {
    const options = { failurePercentage: { minimumHosts: 1 }, baseEjectionTime: '10s' } as const
    const pool = detecting(5, options)
    calls(pool, 0, 50, 50)
    await sweep(pool)
    expect(pool.at(0)).toMatchObject({ ejected: true, outlier: { multiplier: 1 } })
    await sweep(pool)
    expect(pool.at(0)).toMatchObject({ ejected: false, outlier: { multiplier: 1 } })
    calls(pool, 0, 50, 50)
    await sweep(pool)
    expect(pool.at(0)).toMatchObject({ ejected: true, outlier: { multiplier: 2 } })
  })
})

it('the timer runs while calls wait for their verdict, and no longer', async () => {
  const pool = detecting(5, { successRate: {} })
  expect(pool.clock.pending).toBe(0)
  calls(pool, 0, 1, 0)
  expect(pool.clock.pending).toBe(1)
  await sweep(pool)
  expect(pool.clock.pending).toBe(0)
  calls(pool, 0, 1, 0)
  pool.cluster.close()
  expect(pool.clock.pending).toBe(0)
})

describe('both together', () => {
  it('judge the same endpoints: what one ejects still counts for the other', async () => {
    const pool = detecting(5, { successRate: { stdevFactor: 1_000 }, failurePercentage: { threshold: 60 } })
    for (const [i, failed] of [100, 60, 0, 0, 0].entries()) calls(pool, i, 100, failed)
    await sweep(pool)
    expect(pool.ejections.map(({ endpoint, reason }) => `${endpoint} ${reason}`)).toEqual([
      'h0:80 success-rate',
      'h1:80 failure-percentage',
    ])
  })
})
