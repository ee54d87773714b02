import type { ServiceRoute } from '../config/service.js'
import type { Clock } from '../core/clock.js'
import { KeyedState } from '../core/keyed-state.js'
import { type HedgeOptions, Latencies } from '../resilience/hedge/index.js'
import { isConcurrentBudget, RetryBudget, type RetryOptions } from '../resilience/retry/index.js'

/** Keys of what the routes of one snapshot use. */
export class RouteKeys {
  readonly budgets: Set<string> = new Set()
  readonly latencies: Set<string> = new Set()
}

/**
 * What the routes of a service learn and spend, longer than a snapshot: by the options that it goes by, so that neither
 * an unrelated change nor another route with other options takes it away.
 */
export class RouteState {
  readonly #clock: Clock
  readonly #budgets = new KeyedState<RetryBudget>()
  readonly #latencies = new KeyedState<Latencies>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** The budget of everything that retries towards the service by these options; undefined for none, and for Envoy's. */
  budget(options: RetryOptions['budget'], keys: RouteKeys): RetryBudget | undefined {
    if (options === false || isConcurrentBudget(options)) return undefined
    const key = JSON.stringify(options ?? {})
    keys.budgets.add(key)
    return this.#budgets.ensure(key, () => new RetryBudget(options ?? {}, this.#clock))
  }

  /** What hedging by these options has learned of a route that takes these calls there. */
  latencies({ name, match, to }: ServiceRoute, options: HedgeOptions, keys: RouteKeys): Latencies {
    const key = JSON.stringify([name, match, to, options])
    keys.latencies.add(key)
    return this.#latencies.ensure(key, () => new Latencies(this.#clock))
  }

  /** Forgets what no route uses any more. */
  retain({ budgets, latencies }: RouteKeys): void {
    this.#budgets.retain(budgets)
    this.#latencies.retain(latencies)
  }
}
