/** Label values by label name. */
export type Labels = Readonly<Record<string, string>>

/** One line of an exposition. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>
  readonly value: number
  /** The line's own name, where it is not the family's: `…_bucket`. */
  readonly metricName?: string
}

/** What a registry asks of a metric, in the shape that prom-client and its successor share. */
export interface MetricObject {
  readonly name: string
  readonly help: string
  readonly type: string
  readonly aggregator: string
  readonly values: readonly Sample[]
}

/** What a family is made of. */
export interface FamilyOptions {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
}

/** Most series of one family: what comes after shares one series whose labels are all `other`. */
const maxSeries = 2_000
const mark: unique symbol = Symbol.for('sidecarless.metric.1')

interface Entry<C> {
  readonly labels: Labels
  readonly child: C
  holders: number
}

/**
 * A metric that a registry exposes but that counts by itself: a bound child is a number in an object, twenty times
 * cheaper than prom-client's, which hashes all labels at every step. A series lives as long as somebody holds it, so two
 * meshes can share a registry and neither leaves series behind.
 */
export abstract class Family<C> {
  /** A registry that speaks OpenMetrics shortens it. */
  name: string
  readonly help: string
  abstract readonly type: 'counter' | 'gauge' | 'histogram'
  /** How a cluster adds workers up. */
  readonly aggregator: string = 'sum'
  readonly labelNames: readonly string[]
  readonly #series = new Map<string, Entry<C>>()

  constructor(options: FamilyOptions) {
    this.name = options.name
    this.help = options.help
    this.labelNames = options.labelNames
    Object.defineProperty(this, mark, { value: true })
  }

  /** Series that are exposed. */
  get size(): number {
    return this.#series.size
  }

  /** The series of some labels, made when first asked for. `key` gives it back. */
  acquire(labels: Labels): { readonly key: string; readonly child: C } {
    const own: Record<string, string> = {}
    for (const name of this.labelNames) own[name] = labels[name] ?? ''
    let key = JSON.stringify(Object.values(own))
    let entry = this.#series.get(key)
    if (entry === undefined && this.#series.size >= maxSeries) {
      for (const name of this.labelNames) own[name] = 'other'
      key = 'other'
      entry = this.#series.get(key)
    }
    if (entry === undefined) {
      entry = { labels: own, child: this.make(), holders: 0 }
      this.#series.set(key, entry)
    }
    entry.holders++
    return { key, child: entry.child }
  }

  /** Gives a series back; it goes with its last holder. */
  release(key: string): void {
    const entry = this.#series.get(key)
    if (entry === undefined) return
    entry.holders--
    if (entry.holders <= 0) this.#series.delete(key)
  }

  /** What a registry exposes. */
  get(): Promise<MetricObject> {
    const values: Sample[] = []
    for (const { labels, child } of this.#series.values()) this.sample(labels, child, values)
    const { name, help, type, aggregator } = this
    return Promise.resolve({ name, help, type, aggregator, values })
  }

  /** Sets every series back to nothing, for `registry.resetMetrics()`. */
  reset(): void {
    for (const { child } of this.#series.values()) this.clear(child)
  }

  /** A series that nobody exposes. */
  abstract make(): C
  protected abstract clear(child: C): void
  protected abstract sample(labels: Labels, child: C, into: Sample[]): void
}

/** Whether what a registry holds is a family of ours, of this copy of the package or another. */
export function isFamily(value: unknown): boolean {
  return typeof value === 'object' && value !== null && mark in value
}
