import { durationMs } from '../../core/duration.js'
import type { Endpoint } from '../endpoint.js'
import { type Balancer, type BalancerContext, equalWeights } from './balancer.js'
import { EdfScheduler } from './edf.js'
import type { SlowStartOptions } from './options.js'

/** Turns are brought forward so often while endpoints warm up. */
const steps = 50

/**
 * What an endpoint's weight is multiplied by `elapsedMs` after it came (Envoy): a share that grows from the minimum to 1
 * over the window, and stays there.
 */
export function slowStartFactor(options: SlowStartOptions, elapsedMs: number): number {
  const windowMs = durationMs(options.window)
  if (elapsedMs >= windowMs) return 1
  const share = (Math.max(elapsedMs, 1) / windowMs) ** (1 / (options.aggression ?? 1))
  return Math.max(share, (options.minimumPercent ?? 10) / 100)
}

/**
 * The balancer of an algorithm that knows weights: a schedule when they differ, and while any endpoint is new; else
 * `unweighted`, which is cheaper.
 */
export function scheduled(
  endpoints: readonly Endpoint[],
  context: BalancerContext,
  weightOf: (endpoint: Endpoint) => number,
  unweighted: () => Balancer,
): Balancer {
  const { clock, random, settings } = context
  const { slowStart } = settings
  const settle = (): Balancer =>
    equalWeights(endpoints) ? unweighted() : new EdfScheduler(endpoints, weightOf, random)
  if (slowStart === undefined || endpoints.length < 2) return settle()
  const newest = endpoints.reduce((ms, endpoint) => Math.max(ms, endpoint.addedAtMs), Number.NEGATIVE_INFINITY)
  if (clock.now() >= newest + durationMs(slowStart.window)) return settle()
  return new WarmUp(endpoints, context, slowStart, newest, weightOf, settle)
}

/** Schedules by the weights of the moment until no endpoint is new, then settles. */
class WarmUp implements Balancer {
  readonly #context: BalancerContext
  readonly #settle: () => Balancer
  readonly #schedule: EdfScheduler
  readonly #endMs: number
  readonly #stepMs: number
  #hastenMs: number
  #settled: Balancer | undefined = undefined

  constructor(
    endpoints: readonly Endpoint[],
    context: BalancerContext,
    options: SlowStartOptions,
    newestMs: number,
    weightOf: (endpoint: Endpoint) => number,
    settle: () => Balancer,
  ) {
    const { clock, random } = context
    const windowMs = durationMs(options.window)
    this.#context = context
    this.#settle = settle
    this.#endMs = newestMs + windowMs
    this.#stepMs = windowMs / steps
    this.#hastenMs = clock.now() + this.#stepMs
    this.#schedule = new EdfScheduler(
      endpoints,
      (endpoint) => weightOf(endpoint) * slowStartFactor(options, clock.now() - endpoint.addedAtMs),
      random,
    )
  }

  pick(...selection: Parameters<Balancer['pick']>): Endpoint | undefined {
    if (this.#settled !== undefined) return this.#settled.pick(...selection)
    const now = this.#context.clock.now()
    if (now >= this.#endMs) {
      this.#settled = this.#settle()
      return this.#settled.pick(...selection)
    }
    if (now >= this.#hastenMs) {
      this.#schedule.hasten()
      this.#hastenMs = now + this.#stepMs
    }
    return this.#schedule.pick()
  }
}
