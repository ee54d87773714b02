import { Family, type Labels, type Series } from './family.js'

/** A histogram of ours or of prom-client's, as far as it is used. */
export interface PromHistogram {
  labels(labels: Labels): { observe(value: number): void }
  remove(labels: Labels): void
}

/** A series that sorts values into buckets, bound once. */
export class HistogramSeries implements Series {
  #child: { observe(value: number): void } | undefined

  constructor(child: { observe(value: number): void } | undefined) {
    this.#child = child
  }

  observe(value: number): void {
    this.#child?.observe(value)
  }

  detach(): void {
    this.#child = undefined
  }
}

/** Histograms of one name. */
export class HistogramFamily extends Family<HistogramSeries> {
  readonly #metric: PromHistogram

  constructor(metric: PromHistogram, labelNames: readonly string[]) {
    super(labelNames)
    this.#metric = metric
  }

  protected override bind(labels: Labels): HistogramSeries {
    return new HistogramSeries(this.#metric.labels(labels))
  }

  override detached(): HistogramSeries {
    return new HistogramSeries(undefined)
  }

  protected override remove(labels: Labels): void {
    this.#metric.remove(labels)
  }
}
