import type { Endpoint } from '../endpoint.js'
import type { FailurePercentageSettings, SuccessRateSettings } from './options.js'
import type { CallCount } from './state.js'

/** An endpoint with its share of successes in the interval that has just ended, in percent. */
interface Rated {
  readonly endpoint: Endpoint
  readonly rate: number
}

/** Which of an endpoint's two counts is judged. */
export type Counted = 'external' | 'local'

/** Percent of successes below which an endpoint is an outlier: so many thousandths of a deviation below the mean. */
export function successRateThreshold(rates: readonly number[], stdevFactor: number): number {
  const sum = rates.reduce((a, b) => a + b, 0)
  // Rounding must not lift the mean of equal rates above them: all would be outliers.
  const mean = Math.min(
    sum / rates.length,
    rates.reduce((a, b) => Math.max(a, b), 0),
  )
  const variance = rates.reduce((sum, rate) => sum + (rate - mean) ** 2, 0) / rates.length
  return mean - (stdevFactor / 1_000) * Math.sqrt(variance)
}

function rated(endpoints: readonly Endpoint[], counted: Counted, requestVolume: number): Rated[] {
  const found: Rated[] = []
  for (const endpoint of endpoints) {
    const count: CallCount = endpoint.outlier[counted]
    if (!endpoint.ejected && count.total > 0 && count.total >= requestVolume)
      found.push({ endpoint, rate: (100 * count.successes) / count.total })
  }
  return found
}

/** Endpoints whose success rate lies far below the others'; none while too few can be compared. */
export function byComparison(
  endpoints: readonly Endpoint[],
  counted: Counted,
  settings: SuccessRateSettings,
): readonly Endpoint[] {
  const comparable = rated(endpoints, counted, settings.requestVolume)
  if (comparable.length === 0 || comparable.length < settings.minimumHosts) return []
  const threshold = successRateThreshold(
    comparable.map((one) => one.rate),
    settings.stdevFactor,
  )
  return comparable.filter((one) => one.rate < threshold).map((one) => one.endpoint)
}

/** Endpoints that failed too large a share of their calls; none while too few can be judged. */
export function byPercentage(
  endpoints: readonly Endpoint[],
  counted: Counted,
  settings: FailurePercentageSettings,
): readonly Endpoint[] {
  const judged = rated(endpoints, counted, settings.requestVolume)
  if (judged.length === 0 || judged.length < settings.minimumHosts) return []
  return judged.filter((one) => 100 - one.rate >= settings.threshold).map((one) => one.endpoint)
}
