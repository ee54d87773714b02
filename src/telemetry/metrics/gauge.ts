import { Family, type Labels, type Series } from './family.js'

/** prom-client's gauge, as far as it is used. */
export interface PromGauge {
  set(labels: Labels, value: number): void
  remove(labels: Labels): void
}

/** A series that is set. */
export class GaugeSeries implements Series {
  readonly #metric: PromGauge
  readonly #labels: Labels
  #attached = true

  constructor(metric: PromGauge, labels: Labels) {
    this.#metric = metric
    this.#labels = labels
  }

  set(value: number): void {
    if (this.#attached) this.#metric.set(this.#labels, value)
  }

  detach(): void {
    this.#attached = false
  }
}

/** Gauges of one name. */
export class GaugeFamily extends Family<GaugeSeries> {
  readonly #metric: PromGauge

  constructor(metric: PromGauge, labelNames: readonly string[]) {
    super(labelNames)
    this.#metric = metric
  }

  protected override bind(labels: Labels): GaugeSeries {
    return new GaugeSeries(this.#metric, labels)
  }

  protected override remove(labels: Labels): void {
    this.#metric.remove(labels)
  }
}
