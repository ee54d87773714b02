import { Family, type FamilyOptions, type Labels, type MetricObject, type Sample } from './family.js'

/** What a view shows of its source. */
export interface ViewOptions extends FamilyOptions {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly source: { readonly name: string; get(): Promise<MetricObject> }
  /** What becomes of the source's samples; they stay as they are by default. */
  readonly select?: (samples: readonly Sample[]) => readonly Sample[]
}

/** The same numbers under another name: what a guide or a dashboard still calls them. Costs nothing to record. */
export class ViewFamily extends Family<undefined> {
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly #source: ViewOptions['source']
  readonly #select: (samples: readonly Sample[]) => readonly Sample[]

  constructor(options: ViewOptions) {
    super(options)
    this.type = options.type
    this.#source = options.source
    this.#select = options.select ?? ((samples) => samples)
  }

  override async get(): Promise<MetricObject> {
    const { name, help, type, aggregator } = this
    const shown = await this.#source.get()
    const values = this.#select(shown.values).map((sample) =>
      sample.metricName === undefined
        ? sample
        : { ...sample, metricName: `${name}${sample.metricName.slice(shown.name.length)}` },
    )
    return { name, help, type, aggregator, values }
  }

  override make(): undefined {
    return undefined
  }

  protected override clear(): void {}

  protected override sample(_labels: Labels, _child: undefined, _into: Sample[]): void {}
}
