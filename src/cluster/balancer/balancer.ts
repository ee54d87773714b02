import type { ClientCall } from '../../core/call.js'
import type { Random } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'

/**
 * Chooses an endpoint for an attempt, synchronously and without touching it: the caller counts the call. A balancer
 * stands over one immutable list; when endpoints come, go, are ejected or change their weight, a new one is made.
 */
export interface Balancer {
  /** The endpoint; undefined only when there is none. */
  pick(call: ClientCall): Endpoint | undefined
}

/** Makes a balancer over a list: what an algorithm's file exports. */
export type CreateBalancer = (endpoints: readonly Endpoint[], random: Random) => Balancer

/** Whether weights make a difference. */
export function equalWeights(endpoints: readonly Endpoint[]): boolean {
  const first = endpoints[0]?.weight
  return endpoints.every((endpoint) => endpoint.weight === first)
}
