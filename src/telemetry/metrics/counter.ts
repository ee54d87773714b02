import { Family, type Labels, type Sample } from './family.js'

/** A series that only rises. */
export class CounterSeries {
  value = 0

  inc(by = 1): void {
    this.value += by
  }
}

/** Counters of one name. */
export class CounterFamily extends Family<CounterSeries> {
  readonly type = 'counter'

  override make(): CounterSeries {
    return new CounterSeries()
  }

  protected override clear(child: CounterSeries): void {
    child.value = 0
  }

  protected override sample(labels: Labels, child: CounterSeries, into: Sample[]): void {
    into.push({ labels, value: child.value })
  }
}
