import type { Random } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'

interface Entry {
  readonly endpoint: Endpoint
  deadline: number
  /** Of two equal deadlines, the one that was set first goes first. */
  order: number
}

function before(a: Entry, b: Entry): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order)
}

/**
 * Earliest deadline first, Envoy's scheduler for unequal weights: an endpoint comes round every `1 / weight`, so
 * that picks interleave instead of coming in bursts. The weight is asked anew each time an endpoint is put back.
 */
export class EdfScheduler {
  readonly #heap: Entry[]
  readonly #weightOf: (endpoint: Endpoint) => number
  #order: number

  /** The schedule starts at a random moment, so that many processes do not all begin with the same endpoint. */
  constructor(endpoints: readonly Endpoint[], weightOf: (endpoint: Endpoint) => number, random: Random) {
    this.#weightOf = weightOf
    const weights = endpoints.map(weightOf)
    const start = random() / weights.reduce((least, weight) => Math.min(least, weight), Number.POSITIVE_INFINITY)
    this.#heap = endpoints.map((endpoint, order) => {
      const weight = weights[order] ?? 1
      return { endpoint, deadline: (Math.floor(start * weight) + 1) / weight, order }
    })
    this.#order = this.#heap.length
    for (let i = (this.#heap.length >>> 1) - 1; i >= 0; i--) this.#sink(i)
  }

  /** The endpoint whose turn it is. */
  pick(): Endpoint | undefined {
    const entry = this.#heap[0]
    if (entry === undefined) return undefined
    entry.deadline += 1 / this.#weightOf(entry.endpoint)
    entry.order = this.#order++
    this.#sink(0)
    return entry.endpoint
  }

  #sink(from: number): void {
    const heap = this.#heap
    const entry = heap[from]
    if (entry === undefined) return
    let at = from
    for (;;) {
      const left = heap[2 * at + 1]
      if (left === undefined) break
      const right = heap[2 * at + 2]
      const child = right !== undefined && before(right, left) ? right : left
      if (!before(child, entry)) break
      heap[at] = child
      at = child === left ? 2 * at + 1 : 2 * at + 2
    }
    heap[at] = entry
  }
}
