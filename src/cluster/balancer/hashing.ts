import { randomHash } from '../../core/hash/hash64.js'
import type { CreateBalancer } from './balancer.js'
import { boundedLoad } from './bounded-load.js'
import type { BuildTable, HashTable } from './hash-table.js'
import { tableOver } from './table-cache.js'

/** The balancer of an algorithm that hashes: its table is built at the first pick, and shared with equal lists. */
export function hashing(name: string, build: BuildTable): CreateBalancer {
  return function hashingBalancer(endpoints, context) {
    const { random, settings } = context
    const bounded = settings.balanceFactor === undefined ? undefined : boundedLoad(endpoints, context)
    let table: HashTable | undefined
    return {
      pick(_call, hash, attempt) {
        table ??= tableOver(name, build, endpoints, settings)
        if (table === undefined) return undefined
        const key = hash ?? randomHash(random)
        const index = table.indexOf(key, attempt)
        return endpoints[bounded === undefined ? index : bounded(index, key)]
      },
    }
  }
}
