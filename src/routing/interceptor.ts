import type { ClientCall } from '../core/call.js'
import type { Handler, Interceptor } from '../core/interceptor.js'
import { type Random, systemRandom } from '../core/random.js'
import { fn, integer, list, object, rule, type Schema, text, validate } from '../core/schema/index.js'
import { splitUrl } from '../core/url.js'
import { WeightedSplit } from './split.js'

/** One side of a split: an address, or a handler of its own. */
export interface SplitTarget {
  /** `http://host:port`; calls that fall here go to that scheme and authority, with their own path. */
  url?: string | undefined
  /** Takes the calls that fall here in place of the rest of the chain. */
  handler?: Handler<ClientCall> | undefined
  /** Share relative to the other weights, an integer from 0. A single target takes all. */
  weight: number
}

const url: Schema<string> = rule(text, (value, report) => {
  try {
    if (splitUrl(value).path !== '/') report([], 'must have no path: calls keep their own')
  } catch {
    report([], 'must be an absolute http or https URL')
  }
})

const splitTargets: Schema<readonly SplitTarget[]> = rule(
  list(
    object<SplitTarget>({ url, handler: fn<Handler<ClientCall>>(), weight: integer(0, 2_147_483_647) }, ['weight']),
    { min: 1 },
  ),
  (targets, report) => {
    for (const [i, target] of targets.entries())
      if ((target.url === undefined) === (target.handler === undefined)) report([i], 'needs either a url or a handler')
    if (targets.length > 1 && targets.every(({ weight }) => weight === 0)) report([], 'has weights that sum to 0')
  },
)

/**
 * Splits calls between targets by weight, as Envoy's weighted clusters do. Drawn when a call passes: placed outside a
 * retry, all attempts of a call stay with one target.
 *
 * @example
 * const send = compose([
 *   weightedSplit([{ url: 'http://10.0.0.7:8080', weight: 90 }, { url: 'http://10.0.0.8:8080', weight: 10 }]),
 *   retry({ attempts: 2 }),
 * ], undiciTransport())
 */
export function weightedSplit(
  targets: readonly SplitTarget[],
  deps: { random?: Random | undefined } = {},
): Interceptor<ClientCall> {
  const random = deps.random ?? systemRandom
  const split = new WeightedSplit(
    validate(splitTargets, targets, 'weightedSplit').map(({ url, handler, weight }) => ({
      value: { handler, address: url === undefined ? undefined : splitUrl(url) },
      weight,
    })),
  )
  return function splitByWeight(call, next) {
    const { handler, address } = split.draw(random)
    if (handler !== undefined) return handler(call)
    if (address !== undefined) {
      call.scheme = address.scheme
      call.authority = address.authority
    }
    return next(call)
  }
}
