import type { ClientCall } from '../../core/call.js'
import type { Clock } from '../../core/clock.js'
import type { Hash64 } from '../../core/hash/hash64.js'
import type { Random } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'
import type { LoadBalancerSettings } from './options.js'

/**
 * Chooses an endpoint for an attempt, synchronously and without touching it: the caller counts the call. A balancer
 * stands over one immutable list; when endpoints come, go, are ejected or change their weight, a new one is made.
 */
export interface Balancer {
  /**
   * The endpoint; undefined only when there is none. `hash` is for those that hash; without one they choose at random.
   * `attempt` counts the endpoints that were refused within one selection, from 0: a hash leads elsewhere each time. It is
   * not the number of the retry, which lands where the call did before unless that endpoint is refused (Envoy's
   * `hostSelectionRetryCount`).
   */
  pick(call: ClientCall, hash: Hash64 | undefined, attempt: number): Endpoint | undefined
}

/** What a balancer is made with. */
export interface BalancerContext {
  readonly random: Random
  readonly clock: Clock
  readonly settings: LoadBalancerSettings
  /** Calls in flight on the whole cluster, which bounded load shares out. Default: the sum over the endpoints. */
  readonly active?: (() => number) | undefined
}

/** Makes a balancer over a list: what an algorithm's file exports. */
export type CreateBalancer = (endpoints: readonly Endpoint[], context: BalancerContext) => Balancer

/** Whether weights make no difference. */
export function equalWeights(endpoints: readonly Endpoint[]): boolean {
  const first = endpoints[0]?.weight
  for (const endpoint of endpoints) if (endpoint.weight !== first) return false
  return true
}
