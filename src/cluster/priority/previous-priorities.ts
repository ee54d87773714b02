import { type Headcount, loadsWithout } from './load.js'

/** After so many attempts the tried priorities are looked at anew: Istio's `update_frequency`. */
const updateFrequency = 2

/**
 * The loads of a retry whose call has landed on these priorities, in order; undefined for those of a first attempt.
 * When no other priority can take calls, the slate is wiped and the retry goes anywhere, as in Envoy.
 */
export function retryLoads(tried: readonly number[], levels: readonly Headcount[]): readonly number[] | undefined {
  const excluded = new Set<number>()
  let attempted: number[] = []
  let loads: readonly number[] | undefined
  for (const priority of tried) {
    attempted.push(priority)
    if (attempted.length < updateFrequency) loads = undefined
    else if (attempted.length % updateFrequency === 0) {
      for (const one of attempted) excluded.add(one)
      loads = loadsWithout(excluded, levels)
      if (loads !== undefined) continue
      excluded.clear()
      attempted = []
      loads = loadsWithout(excluded, levels)
    }
  }
  return loads
}
