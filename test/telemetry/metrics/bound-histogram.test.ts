import { Histogram, Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { BoundHistogram } from '../../../src/telemetry/metrics/bound-histogram.js'

const bounds = [0.5, 1, 10]
const names = ['service', 'code']
const reviews = { service: 'reviews', code: '2"0\\0' }
const ratings = { service: 'ratings', code: '503' }

/** Ours, prom-client's own of the same shape, and what a scrape shows of each. */
function twins() {
  const ours = new BoundHistogram('took', 'How long it took', names, bounds)
  const theirs = new Histogram({
    name: 'took',
    help: 'How long it took',
    labelNames: names,
    buckets: bounds,
    registers: [],
  })
  const registries = [new Registry(), new Registry()] as const
  registries[0].registerMetric(ours as never)
  registries[1].registerMetric(theirs)
  return {
    both: [ours, theirs] as const,
    scraped: () => Promise.all(registries.map((registry) => registry.metrics())),
    json: () => Promise.all(registries.map(async (registry) => (await registry.getMetricsAsJSON())[0]?.values)),
  }
}

it('shows what prom-client would show of the same values', async () => {
  const { both, scraped, json } = twins()
  for (const one of both) {
    const child = one.labels(reviews)
    for (const value of [0, 0.5, 0.51, 1, 9.99, 10, 11, 1e6]) child.observe(value)
    one.labels(ratings).observe(2)
  }
  const [ours, theirs] = await scraped()
  expect(ours).toContain('took_bucket{le="10",service="ratings",code="503"} 1')
  expect(ours).toBe(theirs)
  const [values, expected] = await json()
  expect(values).toHaveLength(expected?.length ?? 0)
})

it('shows nothing of a series that has counted nothing, that was removed, or that began anew', async () => {
  const { both, scraped } = twins()
  const [before] = await scraped()
  expect(before).not.toContain('took_count')
  for (const one of both) {
    one.labels(reviews).observe(1)
    one.labels(ratings).observe(1)
    one.remove(ratings)
  }
  const [ours, theirs] = await scraped()
  expect(ours).toBe(theirs)
  expect(ours).not.toContain('ratings')
  for (const one of both) one.reset()
  expect((await scraped())[0]).not.toContain('took_count')
})
