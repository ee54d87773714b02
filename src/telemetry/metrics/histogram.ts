import { Family, type FamilyOptions, type Labels, type Sample } from './family.js'

/** A series that sorts values into buckets. */
export class HistogramSeries {
  readonly bounds: readonly number[]
  /** One count a bucket, the last for what is above every bound. */
  readonly counts: Float64Array
  sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.counts = new Float64Array(bounds.length + 1)
  }

  observe(value: number): void {
    const { bounds } = this
    let i = 0
    while (i < bounds.length && value > (bounds[i] ?? 0)) i++
    this.counts[i] = (this.counts[i] ?? 0) + 1
    this.sum += value
  }
}

/** Histograms of one name. */
export class HistogramFamily extends Family<HistogramSeries> {
  readonly type = 'histogram'
  readonly bounds: readonly number[]

  constructor(options: FamilyOptions & { readonly bounds: readonly number[] }) {
    super(options)
    this.bounds = options.bounds
  }

  override make(): HistogramSeries {
    return new HistogramSeries(this.bounds)
  }

  protected override clear(child: HistogramSeries): void {
    child.counts.fill(0)
    child.sum = 0
  }

  protected override sample(labels: Labels, child: HistogramSeries, into: Sample[]): void {
    let count = 0
    for (const [i, inBucket] of child.counts.entries()) {
      count += inBucket
      const le = this.bounds[i] ?? '+Inf'
      into.push({ metricName: `${this.name}_bucket`, labels: { ...labels, le }, value: count })
    }
    into.push({ metricName: `${this.name}_sum`, labels, value: child.sum })
    into.push({ metricName: `${this.name}_count`, labels, value: count })
  }
}
