import { type Random, randomInt } from '../../core/random.js'
import type { Endpoint } from '../endpoint.js'

/** An endpoint of no weight at all would have no deadline. */
const leastWeight = 1e-12

/**
 * Earliest deadline first, Envoy's scheduler for unequal weights: an endpoint comes round every `1 / weight`, so
 * that picks interleave instead of coming in bursts. The weight is asked anew each time an endpoint is put back.
 */
export class EdfScheduler {
  readonly #endpoints: readonly Endpoint[]
  readonly #weightOf: (endpoint: Endpoint) => number
  /** Indexes of endpoints, the earliest deadline first. */
  readonly #heap: Int32Array
  readonly #deadline: Float64Array
  /** When an endpoint was put back. */
  readonly #since: Float64Array
  /** Of two equal deadlines, the one that was set first goes first. */
  readonly #order: Float64Array
  #next: number
  #now: number

  /** The schedule starts at a random moment and place, so that many processes do not all begin with the same endpoint. */
  constructor(endpoints: readonly Endpoint[], weightOf: (endpoint: Endpoint) => number, random: Random) {
    const n = endpoints.length
    this.#endpoints = endpoints
    const atLeast = (endpoint: Endpoint): number => Math.max(weightOf(endpoint), leastWeight)
    this.#weightOf = atLeast
    this.#heap = new Int32Array(n)
    this.#deadline = new Float64Array(n)
    this.#since = new Float64Array(n)
    this.#order = new Float64Array(n)
    this.#next = n
    const least = endpoints.reduce((weight, endpoint) => Math.min(weight, endpoint.weight), Number.POSITIVE_INFINITY)
    this.#now = random() / least
    const first = randomInt(random, n)
    for (const [i, endpoint] of endpoints.entries()) {
      const weight = this.#weightOf(endpoint)
      this.#heap[i] = i
      this.#since[i] = Math.floor(this.#now * weight) / weight
      this.#deadline[i] = (Math.floor(this.#now * weight) + 1) / weight
      this.#order[i] = i < first ? i + n - first : i - first
    }
    this.#heapify()
  }

  /** The endpoint whose turn it is. */
  pick(): Endpoint | undefined {
    const i = this.#heap[0]
    if (i === undefined) return undefined
    const endpoint = this.#endpoints[i]
    if (endpoint === undefined) return undefined
    this.#now = this.#deadline[i] ?? 0
    this.#since[i] = this.#now
    this.#deadline[i] = this.#now + 1 / this.#weightOf(endpoint)
    this.#order[i] = this.#next++
    this.#sink(0)
    return endpoint
  }

  /** Brings forward the turns of endpoints whose weight has grown since they were put back. */
  hasten(): void {
    for (const [i, endpoint] of this.#endpoints.entries()) {
      const deadline = Math.max(this.#now, (this.#since[i] ?? 0) + 1 / this.#weightOf(endpoint))
      if (deadline < (this.#deadline[i] ?? 0)) this.#deadline[i] = deadline
    }
    this.#heapify()
  }

  #heapify(): void {
    for (let at = (this.#heap.length >>> 1) - 1; at >= 0; at--) this.#sink(at)
  }

  #before(a: number, b: number): boolean {
    const x = this.#deadline[a] ?? 0
    const y = this.#deadline[b] ?? 0
    return x < y || (x === y && (this.#order[a] ?? 0) < (this.#order[b] ?? 0))
  }

  #sink(from: number): void {
    const heap = this.#heap
    const moved = heap[from] ?? 0
    let at = from
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      const right = heap[child + 1]
      let least = heap[child] ?? 0
      if (right !== undefined && this.#before(right, least)) {
        least = right
        child++
      }
      if (!this.#before(least, moved)) break
      heap[at] = least
      at = child
    }
    heap[at] = moved
  }
}
