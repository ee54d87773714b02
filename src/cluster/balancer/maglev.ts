import { type Hash64, hashModulo } from '../../core/hash/hash64.js'
import { xxHash64 } from '../../core/hash/xxhash64.js'
import type { Endpoint } from '../endpoint.js'
import type { CreateBalancer } from './balancer.js'
import { type HashTable, hashKey, weightShares } from './hash-table.js'
import { hashing } from './hashing.js'
import type { LoadBalancerSettings } from './options.js'

const skipSeed: Hash64 = { hi: 0, lo: 1 }

/** Endpoints in the order of their keys, by index: the table must not depend on the order of the list. */
function sortedByKey(keys: readonly string[]): number[] {
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  return [...keys.keys()].sort((a, b) => compare(keys[a] ?? '', keys[b] ?? ''))
}

/**
 * Whose turn it is, round by round: the heaviest endpoint is in every round, one of a third of its weight in every third.
 * Rounds in which nobody new is due cost nothing, however much the weights differ.
 */
class Rounds {
  readonly #shares: Float64Array
  readonly #most: number
  readonly #target: Float64Array
  readonly #due = new Map<number, number[]>()

  constructor(shares: Float64Array) {
    this.#shares = shares
    this.#most = shares.reduce((a, b) => Math.max(a, b), 0)
    this.#target = new Float64Array(shares.length)
    this.#due.set(1, [...shares.keys()])
  }

  take(round: number): number[] {
    const due = this.#due.get(round) ?? []
    this.#due.delete(round)
    return due.sort((a, b) => a - b)
  }

  /** Puts an endpoint off to the first round after this one with `round * share >= target`. */
  putOff(entry: number, round: number): void {
    const share = this.#shares[entry] ?? 1
    const target = (this.#target[entry] ?? 0) + this.#most
    this.#target[entry] = target
    let next = Math.max(round + 1, Math.floor(target / share))
    while (next * share < target) next++
    const due = this.#due.get(next)
    if (due === undefined) this.#due.set(next, [entry])
    else due.push(entry)
  }
}

/** Fills a Maglev table: the endpoints take turns in claiming the next free slot of their own permutations. */
export function maglevTable(endpoints: readonly Endpoint[], settings: LoadBalancerSettings): HashTable {
  const size = settings.tableSize ?? 65_537
  const keys = endpoints.map((endpoint) => hashKey(endpoint, settings))
  const sorted = sortedByKey(keys)
  const shares = weightShares(endpoints)
  const slots = Int32Array.from(sorted, (index) => hashModulo(xxHash64(keys[index] ?? ''), size))
  const skips = sorted.map((index) => hashModulo(xxHash64(keys[index] ?? '', skipSeed), size - 1) + 1)
  const table = new Int32Array(size).fill(-1)
  const rounds = new Rounds(Float64Array.from(sorted, (index) => shares[index] ?? 0))
  let free = size
  for (let round = 1; free > 0; round++)
    for (const entry of rounds.take(round)) {
      if (free-- === 0) break
      const skip = skips[entry] ?? 1
      let slot = slots[entry] ?? 0
      while (table[slot] !== -1) slot = slot + skip >= size ? slot + skip - size : slot + skip
      table[slot] = sorted[entry] ?? 0
      slots[entry] = slot
      rounds.putOff(entry, round)
    }
  return { indexOf: (hash, attempt) => table[hashModulo(attempt === 0 ? hash : elsewhere(hash, attempt), size)] ?? 0 }
}

/** Envoy's `hash ^ (2^64 - attempt)`. */
function elsewhere(hash: Hash64, attempt: number): Hash64 {
  return { hi: ~hash.hi, lo: hash.lo ^ -attempt }
}

/**
 * Consistent hashing by a lookup table (Envoy's Maglev): the most even shares and the fastest pick; when an endpoint comes
 * or goes a few more keys move than on a ring. Without a hash, at random.
 */
export const maglev: CreateBalancer = hashing('maglev', maglevTable)
