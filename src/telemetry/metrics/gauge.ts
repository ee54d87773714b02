import { Family, type Labels, type Sample } from './family.js'

/** A series that is set. */
export class GaugeSeries {
  value = 0

  set(value: number): void {
    this.value = value
  }
}

/** Gauges of one name. Workers of a cluster are not added up: the largest counts. */
export class GaugeFamily extends Family<GaugeSeries> {
  readonly type = 'gauge'
  override readonly aggregator: string = 'max'

  override make(): GaugeSeries {
    return new GaugeSeries()
  }

  protected override clear(child: GaugeSeries): void {
    child.value = 0
  }

  protected override sample(labels: Labels, child: GaugeSeries, into: Sample[]): void {
    into.push({ labels, value: child.value })
  }
}
