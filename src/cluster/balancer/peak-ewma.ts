import type { ClientCall } from '../../core/call.js'
import type { Classifier } from '../../core/classifier.js'
import type { Clock } from '../../core/clock.js'
import { type Duration, durationMs } from '../../core/duration.js'
import { isMeshError } from '../../core/errors.js'
import { guarding } from '../../core/guard.js'
import type { Interceptor } from '../../core/interceptor.js'
import { Endpoint } from '../endpoint.js'
import type { Balancer, BalancerContext } from './balancer.js'
import { LatencyState } from './latency-state.js'
import type { LoadBalancerSettings } from './options.js'
import { weightedDraw } from './random.js'

const defaultDecay: Duration = '10s'
/** What a failure counts as, if it did not take longer: one that fails at once must not look like the fastest. */
const failureMs = 1_000
/** An endpoint that is being tried for the first time waits for its first answer before it gets more. */
const unknownMs = 1_000_000

/** Two draws that coincide would send the slowest endpoint its share all the same: one in 25 calls where there are five. */
const maxRedraws = 4

/**
 * The endpoint that would answer soonest: of two random ones, the one with the lower product of its recent latency and its
 * calls in flight. Needs `latencyStage` in the endpoint ring.
 */
export function peakEwma(endpoints: readonly Endpoint[], { random, clock, settings }: BalancerContext): Balancer {
  const decayMs = durationMs(settings.decay ?? defaultDecay)
  const draw = weightedDraw(endpoints, random)

  function cost(endpoint: Endpoint, nowMs: number): number {
    if (endpoint.latency === undefined) return endpoint.active * unknownMs
    return endpoint.latency.at(nowMs, decayMs) * (endpoint.active + 1)
  }

  return {
    pick() {
      const first = draw()
      let second = draw()
      for (let again = 0; second === first && again < maxRedraws; again++) second = draw()
      if (first === undefined || second === undefined || first === second) return first
      const now = clock.now()
      return cost(second, now) < cost(first, now) ? second : first
    },
  }
}

/**
 * Times each attempt up to the reply's headers, for `peak-ewma`. What was given up - a hedge that lost, the caller's own
 * abort - counts for the time that it had taken by then, if that is longer than the endpoint was believed to take: a slow
 * one would never be found out where others always answer first.
 */
export function latencyStage(
  settings: LoadBalancerSettings,
  { clock, classifier }: { readonly clock: Clock; readonly classifier: Classifier },
): Interceptor<ClientCall> {
  const decayMs = durationMs(settings.decay ?? defaultDecay)

  function observe(endpoint: Endpoint, startMs: number, failed: boolean): void {
    const now = clock.now()
    endpoint.latency ??= new LatencyState()
    endpoint.latency.observe(failed ? Math.max(now - startMs, failureMs) : now - startMs, now, decayMs)
  }

  return guarding(function latency({ endpoint }: ClientCall) {
    if (!(endpoint instanceof Endpoint)) return undefined
    const start = clock.now()
    return {
      replied(reply) {
        observe(endpoint, start, classifier.status(reply.status) === 'failure')
      },
      failed(error) {
        const failed = isMeshError(error) && classifier.error(error) === 'failure'
        const now = clock.now()
        if (failed || now - start > (endpoint.latency?.at(now, decayMs) ?? Number.POSITIVE_INFINITY))
          observe(endpoint, start, failed)
      },
    }
  })
}
