import { ConfigError } from '../../core/config-error.js'
import { BoundHistogram } from './bound-histogram.js'
import { CounterFamily, type PromCounter } from './counter.js'
import { GaugeFamily, type PromGauge } from './gauge.js'
import { HistogramFamily, type PromHistogram } from './histogram.js'
import { type MetricsRegistry, promClient } from './registry.js'

interface Config {
  readonly name: string
  readonly help: string
  readonly labelNames: string[]
  readonly registers: []
}

const counters = new WeakMap<object, CounterFamily>()
const gauges = new WeakMap<object, GaugeFamily>()
const histograms = new WeakMap<object, HistogramFamily>()

function methods(value: object, ...names: string[]): boolean {
  return names.every((name) => typeof Reflect.get(value, name) === 'function')
}

function isCounter(value: object): value is PromCounter {
  return Reflect.get(value, 'type') === 'counter' && methods(value, 'inc', 'remove')
}

function isGauge(value: object): value is PromGauge {
  return Reflect.get(value, 'type') === 'gauge' && methods(value, 'set', 'remove')
}

function isHistogram(value: object): value is PromHistogram {
  return Reflect.get(value, 'type') === 'histogram' && methods(value, 'labels', 'remove')
}

function sameLabels(metric: object, labelNames: readonly string[]): boolean {
  const there: unknown = Reflect.get(metric, 'labelNames')
  return Array.isArray(there) && there.length === labelNames.length && labelNames.every((name) => there.includes(name))
}

function familyOf<M extends object, F>(known: WeakMap<object, F>, metric: M, make: (metric: M) => F): F {
  let family = known.get(metric)
  if (family === undefined) {
    family = make(metric)
    known.set(metric, family)
  }
  return family
}

/**
 * Puts metrics into a registry, or takes over those that are there under the same name and labels: another mesh of this
 * process has made them.
 */
export abstract class Enrolled {
  readonly #registry: MetricsRegistry
  readonly #strangers: string[] = []

  constructor(registry: MetricsRegistry) {
    this.#registry = registry
  }

  /** Throws `ConfigError` if the registry has other metrics under our names. */
  assertOurs(): void {
    if (this.#strangers.length > 0)
      throw new ConfigError(
        this.#strangers.map((name) => ({
          path: 'metrics',
          message: `the registry has another metric named ${name}, of another type or with other labels`,
        })),
      )
  }

  protected counter(name: string, help: string, ...labelNames: string[]): CounterFamily {
    const metric = this.#find(name, help, labelNames, isCounter, (config) => new (promClient().Counter)(config))
    return familyOf(counters, metric, (one) => new CounterFamily(one, labelNames))
  }

  protected gauge(name: string, help: string, ...labelNames: string[]): GaugeFamily {
    const metric = this.#find(name, help, labelNames, isGauge, (config) => {
      const { Gauge } = promClient()
      return new Gauge({ ...config, aggregator: 'max' })
    })
    return familyOf(gauges, metric, (one) => new GaugeFamily(one, labelNames))
  }

  protected histogram(name: string, help: string, bounds: readonly number[], ...labelNames: string[]): HistogramFamily {
    const metric = this.#find(
      name,
      help,
      labelNames,
      isHistogram,
      () => new BoundHistogram(name, help, labelNames, bounds),
    )
    return familyOf(histograms, metric, (one) => new HistogramFamily(one, labelNames))
  }

  #find<M extends object>(
    name: string,
    help: string,
    labelNames: string[],
    fits: (value: object) => value is M,
    make: (config: Config) => M,
  ): M {
    const there = this.#registry.getSingleMetric(name)
    if (typeof there === 'object' && there !== null && fits(there) && sameLabels(there, labelNames)) return there
    const made = make({ name, help, labelNames, registers: [] })
    if (there === undefined) this.#registry.registerMetric(made)
    else this.#strangers.push(name)
    return made
  }
}
