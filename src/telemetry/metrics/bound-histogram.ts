import type { Labels } from './family.js'

interface Sample {
  readonly metricName: string
  readonly labels: Labels
  readonly value: number
}

/** The counts of one series. */
class Buckets {
  readonly #labels: Labels
  readonly #bounds: readonly number[]
  /** One for each bound, and one for what is beyond them all. */
  readonly #counts: Float64Array
  #sum = 0
  /** How many values there were. */
  count = 0

  constructor(labels: Labels, bounds: readonly number[]) {
    this.#labels = labels
    this.#bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const bounds = this.#bounds
    let i = 0
    while (i < bounds.length && value > (bounds[i] ?? 0)) i++
    this.#counts[i] = (this.#counts[i] ?? 0) + 1
    this.#sum += value
    this.count++
  }

  reset(): void {
    this.#counts.fill(0)
    this.#sum = 0
    this.count = 0
  }

  *samples(name: string): Iterable<Sample> {
    const labels = this.#labels
    let atMost = 0
    for (const [i, inBucket] of this.#counts.entries()) {
      atMost += inBucket
      const le = String(this.#bounds[i] ?? '+Inf')
      yield { metricName: `${name}_bucket`, labels: { le, ...labels }, value: atMost }
    }
    yield { metricName: `${name}_sum`, labels, value: this.#sum }
    yield { metricName: `${name}_count`, labels, value: this.count }
  }
}

function keyOf(labelNames: readonly string[], labels: Labels): string {
  return JSON.stringify(labelNames.map((name) => labels[name] ?? ''))
}

/**
 * A histogram as a registry of prom-client's asks for one. Its series count into numbers of their own: prom-client's
 * hashes all labels again for every value, which with Istio's 25 takes a microsecond and a kilobyte a call.
 */
export class BoundHistogram {
  readonly name: string
  readonly help: string
  readonly type = 'histogram'
  readonly aggregator = 'sum'
  readonly labelNames: readonly string[]
  readonly #bounds: readonly number[]
  readonly #series = new Map<string, Buckets>()

  constructor(name: string, help: string, labelNames: readonly string[], bounds: readonly number[]) {
    this.name = name
    this.help = help
    this.labelNames = labelNames
    this.#bounds = bounds
  }

  /** The series of some labels. */
  labels(labels: Labels): { observe(value: number): void } {
    const key = keyOf(this.labelNames, labels)
    let series = this.#series.get(key)
    if (series === undefined) {
      series = new Buckets(labels, this.#bounds)
      this.#series.set(key, series)
    }
    return series
  }

  /** Forgets a series. */
  remove(labels: Labels): void {
    this.#series.delete(keyOf(this.labelNames, labels))
  }

  /** Begins every series anew. */
  reset(): void {
    for (const series of this.#series.values()) series.reset()
  }

  /** What a scrape shows: series that have counted something. */
  async get(): Promise<object> {
    const { name, help, type, aggregator } = this
    const values: Sample[] = []
    for (const series of this.#series.values()) if (series.count > 0) values.push(...series.samples(name))
    return { name, help, type, aggregator, values }
  }
}
