import { describe, expect, it } from 'vitest'
import type { OutlierDetectionOptions } from '../../../src/cluster/index.js'
import { type Bed, bed, hosts, replay } from '../scaffold.js'

function detecting(n: number, options: OutlierDetectionOptions = {}, random = replay()): Bed {
  const made = bed(hosts(n), random)
  made.cluster.detectOutliers(options)
  return made
}

function report({ cluster, at }: Bed, i: number, ...statuses: number[]): void {
  for (const status of statuses) cluster.outliers.report(at(i), status)
}

const five = [500, 500, 500, 500, 500]

describe('ejection', () => {
  it.each([
    { statuses: five, ejected: true, why: 'five 5xx in a row' },
    { statuses: [500, 501, 502, 503, 504], ejected: true, why: 'five of any 5xx' },
    { statuses: [500, 500, 500, 500], ejected: false, why: 'four' },
    { statuses: [500, 500, 500, 500, 200, 500], ejected: false, why: 'a success between them' },
    { statuses: [500, 500, 500, 500, 404, 500], ejected: false, why: 'a 4xx between them' },
    { statuses: Array<number>(100).fill(429), ejected: false, why: '4xx only' },
  ])('default options after $why: $ejected', ({ statuses, ejected }) => {
    const pool = detecting(10)
    report(pool, 0, ...statuses)
    expect(pool.at(0).ejected).toBe(ejected)
  })

  it.each([
    { statuses: [503, 502, 504], reason: 'consecutive-gateway' },
    { statuses: [503, 502, 500, 504, 503], reason: 'consecutive-5xx' },
    { statuses: [503, 503, 500, 503], reason: undefined },
  ])('gateway errors have a counter of their own: $statuses ejects by $reason', ({ statuses, reason }) => {
    const pool = detecting(10, { consecutiveGatewayErrors: 3 })
    report(pool, 0, ...statuses)
    expect(pool.ejections[0]?.reason).toBe(reason)
  })

  it('threshold 0 never ejects', () => {
    const pool = detecting(10, { consecutive5xxErrors: 0 })
    report(pool, 0, ...five, ...five)
    expect(pool.ejections).toEqual([])
  })

  it('without a policy nothing is counted', () => {
    const pool = bed(hosts(10))
    report(pool, 0, ...five)
    expect(pool.at(0).ejected).toBe(false)
    expect(pool.at(0).outlier.consecutive5xx).toBe(0)
  })

  it('is reported with its reason and length', () => {
    const pool = detecting(10)
    report(pool, 3, ...five)
    expect(pool.ejections).toEqual([
      { service: 'reviews', endpoint: 'h3:80', ejected: true, reason: 'consecutive-5xx', forMs: 30_000 },
    ])
  })
})

describe('the share that may be ejected', () => {
  const ejectAll = (n: number, options: OutlierDetectionOptions): number => {
    const pool = detecting(n, options)
    for (let i = 0; i < n; i++) report(pool, i, ...five)
    return pool.cluster.endpoints.filter((one) => one.ejected).length
  }

  it.each([
    { n: 10, options: {}, ejected: 1 },
    { n: 19, options: {}, ejected: 1 },
    { n: 20, options: {}, ejected: 2 },
    { n: 9, options: {}, ejected: 1 },
    { n: 9, options: { alwaysEjectOne: false }, ejected: 0 },
    { n: 10, options: { alwaysEjectOne: false }, ejected: 1 },
    { n: 1, options: {}, ejected: 1 },
    { n: 3, options: { maxEjectionPercent: 0 }, ejected: 1 },
    { n: 3, options: { maxEjectionPercent: 0, alwaysEjectOne: false }, ejected: 0 },
    { n: 4, options: { maxEjectionPercent: 50 }, ejected: 2 },
    { n: 5, options: { maxEjectionPercent: 50 }, ejected: 2 },
    { n: 4, options: { maxEjectionPercent: 100 }, ejected: 4 },
  ])('of $n all failing, $options ejects $ejected', ({ n, options, ejected }) => {
    expect(ejectAll(n, options)).toBe(ejected)
  })

  it('a refused ejection starts the count anew', () => {
    const pool = detecting(2)
    report(pool, 0, ...five)
    report(pool, 1, ...five)
    expect(pool.at(1).ejected).toBe(false)
    expect(pool.at(1).outlier.consecutive5xx).toBe(0)
  })

  it('an ejected endpoint that leaves makes room for another', () => {
    const pool = detecting(3)
    report(pool, 0, ...five)
    report(pool, 1, ...five)
    expect(pool.at(1).ejected).toBe(false)
    pool.cluster.update(hosts(3).slice(1))
    report(pool, 0, ...five)
    expect(pool.at(0).id).toBe('h1:80')
    expect(pool.at(0).ejected).toBe(true)
  })

  it('an endpoint that has left is not ejected', () => {
    const pool = detecting(3)
    const gone = pool.at(0)
    pool.cluster.update(hosts(3).slice(1))
    for (const status of five) pool.cluster.outliers.report(gone, status)
    expect(pool.ejections).toEqual([])
  })
})

describe('the return', () => {
  it('comes with the sweep that follows the end of the ejection', async () => {
    const pool = detecting(10, { interval: '10s', baseEjectionTime: '25s' })
    await pool.clock.advance(3_000)
    report(pool, 0, ...five)
    await pool.clock.advance(26_999)
    expect(pool.at(0).ejected).toBe(true)
    await pool.clock.advance(1)
    expect(pool.at(0).ejected).toBe(false)
    expect(pool.ejections.at(-1)).toMatchObject({ ejected: false, reason: 'expired', forMs: 27_000 })
  })

  it('starts with clean counters', async () => {
    const pool = detecting(10)
    report(pool, 0, ...five, 500, 500, 500, 500)
    await pool.clock.advance(30_000)
    report(pool, 0, 500)
    expect(pool.at(0).ejected).toBe(false)
    expect(pool.at(0).outlier.consecutive5xx).toBe(1)
  })

  it('takes longer with each ejection, up to the maximum', async () => {
    const pool = detecting(10, { interval: '1s', baseEjectionTime: '30s', maxEjectionTime: '100s' })
    for (let i = 0; i < 7; i++) {
      report(pool, 0, ...five)
      while (pool.at(0).ejected) await pool.clock.advance(1_000)
    }
    const lengths = pool.ejections.filter((one) => !one.ejected).map((one) => one.forMs)
    expect(lengths).toEqual([30_000, 60_000, 90_000, 100_000, 100_000, 100_000, 100_000])
    expect(pool.at(0).outlier.multiplier).toBe(5)
  })

  it('is forgotten step by step, one for each sweep an interval after the return', async () => {
    const pool = detecting(10, { interval: '10s', baseEjectionTime: '10s' })
    report(pool, 0, ...five)
    await pool.clock.advance(10_000)
    report(pool, 0, ...five)
    await pool.clock.advance(20_000)
    const seen: number[] = [pool.at(0).outlier.multiplier]
    for (let sweep = 0; sweep < 3; sweep++) {
      await pool.clock.advance(10_000)
      seen.push(pool.at(0).outlier.multiplier)
    }
    expect(pool.at(0).ejected).toBe(false)
    expect(seen).toEqual([2, 1, 0, 0])
  })

  it('is delayed by jitter, drawn once', async () => {
    const pool = detecting(
      10,
      { interval: '1s', baseEjectionTime: '10s', maxEjectionTimeJitter: '4s' },
      replay(0.5, 0.9, 0.9),
    )
    report(pool, 0, ...five)
    expect(pool.ejections[0]?.forMs).toBe(12_000)
    await pool.clock.advance(11_000)
    expect(pool.at(0).ejected).toBe(true)
    await pool.clock.advance(1_000)
    expect(pool.at(0).ejected).toBe(false)
  })
})

describe('failures to exchange, counted apart', () => {
  const split = { splitLocalOriginErrors: true } as const
  const exchange = ({ cluster, at }: Bed, ...outcomes: boolean[]): void => {
    for (const success of outcomes) cluster.outliers.reportExchange(at(0), success)
  }
  const no = [false, false, false, false]

  it.each([
    { outcomes: [...no, false], options: split, ejected: true, why: 'five in a row' },
    {
      outcomes: [...no, true, false],
      options: split,
      ejected: false,
      why: 'a connection that came about between them',
    },
    { outcomes: [false], options: { ...split, consecutiveLocalOriginFailures: 1 }, ejected: true, why: 'one, as set' },
    { outcomes: [...no, ...no], options: { ...split, consecutiveLocalOriginFailures: 0 }, ejected: false, why: 'off' },
  ])('after $why: $ejected', ({ outcomes, options, ejected }) => {
    const pool = detecting(10, options)
    exchange(pool, ...outcomes)
    expect(pool.ejections.map(({ reason }) => reason)).toEqual(ejected ? ['consecutive-local-origin'] : [])
  })

  it('have nothing to do with the statuses', () => {
    const pool = detecting(10, split)
    exchange(pool, ...no)
    report(pool, 0, 200, 500, 500, 500, 500)
    exchange(pool, true)
    report(pool, 0, 500)
    expect(pool.ejections.map(({ reason }) => reason)).toEqual(['consecutive-5xx'])
  })

  it('start anew after a return', async () => {
    const pool = detecting(10, split)
    exchange(pool, ...no)
    report(pool, 0, ...five)
    await pool.clock.advance(30_000)
    exchange(pool, false)
    expect(pool.at(0).ejected).toBe(false)
  })
})

describe('of two thresholds that are met at once', () => {
  it('the gateway one is looked at first; the other’s count stands, as the endpoint is out already', () => {
    const pool = detecting(10, { consecutive5xxErrors: 3, consecutiveGatewayErrors: 3 })
    report(pool, 0, 503, 503, 503)
    expect(pool.ejections).toHaveLength(1)
    expect(pool.ejections[0]?.reason).toBe('consecutive-gateway')
    expect(pool.at(0).outlier).toMatchObject({ consecutiveGateway: 0, consecutive5xx: 3 })
  })

  it('when ejecting is refused, both counts start anew', () => {
    const pool = detecting(9, { consecutive5xxErrors: 3, consecutiveGatewayErrors: 3, alwaysEjectOne: false })
    report(pool, 0, 503, 503, 503)
    expect(pool.at(0).outlier).toMatchObject({ consecutiveGateway: 0, consecutive5xx: 0 })
  })
})

describe('a health check that passes', () => {
  it('ends an ejection', () => {
    const pool = detecting(10)
    report(pool, 0, ...five, 500, 500)
    pool.cluster.setHealth(pool.at(0), true)
    expect(pool.at(0)).toMatchObject({ ejected: false, outlier: { consecutive5xx: 0, multiplier: 1 } })
    expect(pool.ejections.at(-1)).toMatchObject({ ejected: false, reason: 'health-check' })
  })

  it('makes room for another ejection', () => {
    const pool = detecting(10)
    report(pool, 0, ...five)
    pool.cluster.setHealth(pool.at(0), true)
    report(pool, 1, ...five)
    expect(pool.at(1).ejected).toBe(true)
  })

  it('that fails leaves the ejection', () => {
    const pool = detecting(10)
    report(pool, 0, ...five)
    pool.cluster.setHealth(pool.at(0), false)
    expect(pool.at(0)).toMatchObject({ ejected: true, unhealthy: true })
  })
})

describe('the timer', () => {
  it('runs only while an ejection has yet to end or to be forgotten', async () => {
    const pool = detecting(10)
    expect(pool.clock.pending).toBe(0)
    report(pool, 0, ...five)
    expect(pool.clock.pending).toBe(1)
    await pool.clock.advance(40_000)
    expect(pool.at(0).outlier.multiplier).toBe(0)
    expect(pool.clock.pending).toBe(0)
  })

  it.each([
    ['the cluster is closed', (pool: Bed) => pool.cluster.close()],
    ['the policy is taken away', (pool: Bed) => pool.cluster.detectOutliers(undefined)],
    ['the endpoint leaves', (pool: Bed) => pool.cluster.update(hosts(10).slice(1))],
  ])('stops when %s', (_, end) => {
    const pool = detecting(10)
    report(pool, 0, ...five)
    end(pool)
    expect(pool.clock.pending).toBe(0)
  })
})

describe('a changed policy', () => {
  it('keeps ejections and the rhythm of the sweeps', async () => {
    const pool = detecting(10)
    report(pool, 0, ...five)
    await pool.clock.advance(5_000)
    pool.cluster.detectOutliers({ baseEjectionTime: '20s' })
    expect(pool.at(0).ejected).toBe(true)
    await pool.clock.advance(15_000)
    expect(pool.at(0).ejected).toBe(false)
  })

  it('with a new interval sweeps by that', async () => {
    const pool = detecting(10, { interval: '1h' })
    report(pool, 0, ...five)
    pool.cluster.detectOutliers({ interval: '10s' })
    await pool.clock.advance(30_000)
    expect(pool.at(0).ejected).toBe(false)
  })

  it('with a lower threshold still reaches it', () => {
    const pool = detecting(10)
    report(pool, 0, 500, 500, 500, 500)
    pool.cluster.detectOutliers({ consecutive5xxErrors: 3 })
    report(pool, 0, 500, 500, 500)
    expect(pool.at(0).ejected).toBe(true)
  })

  it('that is taken away ends the ejections', () => {
    const pool = detecting(10)
    report(pool, 0, ...five)
    pool.cluster.detectOutliers(undefined)
    expect(pool.at(0).ejected).toBe(false)
    expect(pool.ejections.at(-1)).toMatchObject({ ejected: false, reason: 'disabled' })
  })
})
