import { xxHash64Series } from '../../core/hash/xxhash64.js'
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
    target += scale * (shares[i] ?? 0)
    const count = Math.max(Math.ceil(target) - placed, 0)
    xxHash64Series(`${hashKey(endpoint, settings)}_`, count, hi, lo, placed)
    owner.fill(i, placed, placed + count)
    placed += count
  }
  return { hi: hi.subarray(0, placed), lo: lo.subarray(0, placed), owner: owner.subarray(0, placed) }
}

/** Which 32-bit word of a 64-bit number in memory is the upper one. */
const upper = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0

/** Sorts by the upper halves, as 64-bit numbers with the place in the lower: the fastest sort that there is. */
function sorted(points: RingPoints): RingPoints {
  const size = points.hi.length
  const words = new Uint32Array(2 * size)
  for (let i = 0; i < size; i++) {
    words[2 * i + upper] = points.hi[i] ?? 0
    words[2 * i + 1 - upper] = i
  }
  new BigUint64Array(words.buffer).sort()
  const hi = new Uint32Array(size)
  const lo = new Uint32Array(size)
  const owner = new Uint32Array(size)
  for (let i = 0; i < size; i++) {
    const place = words[2 * i + 1 - upper] ?? 0
    hi[i] = words[2 * i + upper] ?? 0
    lo[i] = points.lo[place] ?? 0
    owner[i] = points.owner[place] ?? 0
  }
  return settleTies({ hi, lo, owner })
}

/** Brings the few points of equal upper halves into the order of their lower ones. */
function settleTies(points: RingPoints): RingPoints {
  const { hi, lo, owner } = points
  for (let i = 1; i < hi.length; i++)
    for (let at = i; at > 0 && hi[at - 1] === hi[at] && (lo[at - 1] ?? 0) > (lo[at] ?? 0); at--) {
      ;[lo[at - 1], lo[at]] = [lo[at] ?? 0, lo[at - 1] ?? 0]
      ;[owner[at - 1], owner[at]] = [owner[at] ?? 0, owner[at - 1] ?? 0]
    }
  return points
}

/** The points of a ketama ring, as many and where Envoy has them. */
export function ringPoints(endpoints: readonly Endpoint[], settings: LoadBalancerSettings): RingPoints {
  return sorted(place(endpoints, settings))
}
