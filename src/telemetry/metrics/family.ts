/** Label values by label name. */
export type Labels = Readonly<Record<string, string>>

/** A bound series. */
export interface Series {
  /** What is counted from now on is nobody's: a late call must not bring a removed series back. */
  detach(): void
}

interface Entry<S> {
  readonly labels: Labels
  readonly series: S
  holders: number
}

/** Most series of one family: what comes after shares one series whose labels are all `other`. */
const maxSeries = 2_000

/**
 * The series of one metric. A series lives as long as somebody holds it, so that two meshes can share a registry and
 * neither leaves a series behind; and whatever becomes a label, there is an end to them.
 */
export abstract class Family<S extends Series> {
  readonly labelNames: readonly string[]
  readonly #entries = new Map<string, Entry<S>>()

  constructor(labelNames: readonly string[]) {
    this.labelNames = labelNames
  }

  /** What tells the series of some labels from the others. */
  keyOf(labels: Labels): string {
    return JSON.stringify(this.labelNames.map((name) => labels[name] ?? ''))
  }

  /** The series of some labels, made when first asked for. `key` gives it back. */
  acquire(labels: Labels): { readonly key: string; readonly series: S } {
    let own: Record<string, string> = {}
    for (const name of this.labelNames) own[name] = labels[name] ?? ''
    let key = this.keyOf(labels)
    let entry = this.#entries.get(key)
    if (entry === undefined && this.#entries.size >= maxSeries) {
      own = Object.fromEntries(this.labelNames.map((name) => [name, 'other']))
      key = 'other'
      entry = this.#entries.get(key)
    }
    if (entry === undefined) {
      entry = { labels: own, series: this.bind(own), holders: 0 }
      this.#entries.set(key, entry)
    }
    entry.holders++
    return { key, series: entry.series }
  }

  /** Gives a series back; it goes with its last holder. */
  release(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    entry.holders--
    if (entry.holders > 0) return
    this.#entries.delete(key)
    entry.series.detach()
    this.remove(entry.labels)
  }

  /** A series that nobody sees. */
  detached(): S {
    const series = this.bind({})
    series.detach()
    return series
  }

  protected *entries(): IterableIterator<[Labels, S]> {
    for (const { labels, series } of this.#entries.values()) yield [labels, series]
  }

  protected abstract bind(labels: Labels): S
  protected abstract remove(labels: Labels): void
}
