import { xxHash64 } from '../../core/hash/xxhash64.js'
import type { Endpoint } from '../endpoint.js'
import { hashKey, weightShares } from './hash-table.js'
import type { LoadBalancerSettings } from './options.js'

/** Points on the ring in order: the upper and lower halves of their hashes, and whose they are, by index. */
export interface RingPoints {
  readonly hi: Uint32Array
  readonly lo: Uint32Array
  readonly owner: Uint32Array
}

/** As many points as Envoy gives: the lightest endpoint a whole number, the others by running sums of their shares. */
function place(endpoints: readonly Endpoint[], settings: LoadBalancerSettings): RingPoints {
  const shares = weightShares(endpoints)
  const least = shares.reduce((a, b) => Math.min(a, b), 1)
  const { minimumRingSize = 1_024, maximumRingSize = 8_388_608 } = settings
  const scale = Math.min(Math.ceil(least * minimumRingSize) / least, maximumRingSize)
  const room = Math.ceil(scale) + 1
  const hi = new Uint32Array(room)
  const lo = new Uint32Array(room)
  const owner = new Uint32Array(room)
  let placed = 0
  let target = 0
  for (const [i, endpoint] of endpoints.entries()) {
    const prefix = `${hashKey(endpoint, settings)}_`
    target += scale * (shares[i] ?? 0)
    for (let n = 0; placed < target; n++, placed++) {
      const hash = xxHash64(prefix + n)
      hi[placed] = hash.hi
      lo[placed] = hash.lo
      owner[placed] = i
    }
  }
  return { hi: hi.subarray(0, placed), lo: lo.subarray(0, placed), owner: owner.subarray(0, placed) }
}

const digitBits = 11
const digits = 2 ** digitBits

/** The order of the points: a radix sort by the upper halves, eleven bits at a time, then the few ties by the lower. */
function sortedOrder({ hi, lo }: RingPoints): Uint32Array {
  let order = Uint32Array.from(hi.keys())
  let other = new Uint32Array(hi.length)
  for (let by = 0; by < 32; by += digitBits) {
    const starts = new Uint32Array(digits + 1)
    for (const key of hi) {
      const digit = ((key >>> by) & (digits - 1)) + 1
      starts[digit] = (starts[digit] ?? 0) + 1
    }
    for (let digit = 1; digit <= digits; digit++) starts[digit] = (starts[digit] ?? 0) + (starts[digit - 1] ?? 0)
    for (const point of order) {
      const digit = ((hi[point] ?? 0) >>> by) & (digits - 1)
      const at = starts[digit] ?? 0
      other[at] = point
      starts[digit] = at + 1
    }
    ;[order, other] = [other, order]
  }
  for (let i = 1; i < order.length; i++) {
    const point = order[i] ?? 0
    let at = i
    for (; at > 0; at--) {
      const before = order[at - 1] ?? 0
      if (hi[before] !== hi[point] || (lo[before] ?? 0) <= (lo[point] ?? 0)) break
      order[at] = before
    }
    order[at] = point
  }
  return order
}

/** The points of a ketama ring, as many and where Envoy has them. */
export function ringPoints(endpoints: readonly Endpoint[], settings: LoadBalancerSettings): RingPoints {
  const points = place(endpoints, settings)
  const order = sortedOrder(points)
  return {
    hi: order.map((point) => points.hi[point] ?? 0),
    lo: order.map((point) => points.lo[point] ?? 0),
    owner: order.map((point) => points.owner[point] ?? 0),
  }
}
