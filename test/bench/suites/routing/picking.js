/** Choosing an endpoint: the algorithm alone, and with everything that a destination does around it. */
import { internals } from '../../harness/internals.js'
import { clusterOf, viewOf } from './clusters.js'
import { timeEach } from './timing.js'

const { balancerFor } = await internals('cluster/balancer/index.js')
const { clientCall } = await internals('core/call.js')
const { xxHash64 } = await internals('core/hash/xxhash64.js')

const { random } = Math
const clock = { now: () => performance.now() }

/** @type {readonly { type: string, below: number, weighted?: boolean }[]} */
const algorithms = [
  { type: 'least-request', below: 0.5 },
  { type: 'peak-ewma', below: 0.5 },
  { type: 'round-robin', below: 0.5 },
  { type: 'random', below: 0.5 },
  { type: 'ring-hash', below: 1 },
  { type: 'maglev', below: 1 },
  { type: 'least-request', weighted: true, below: 0.5 },
]

/**
 * @param {{ pace: import('./timing.js').Pace, sizes: { endpoints: number[] } }} options
 * @returns {import('./index.js').Line[]}
 */
export function measurePicking({ pace, sizes }) {
  return sizes.endpoints.flatMap((count) => [
    ...algorithms.map(({ type, weighted = false, below }) => {
      const { endpoints } = clusterOf(count, weighted)
      const balancer = balancerFor({ type })(endpoints, { random, clock, settings: { type } })
      const call = clientCall({ service: 'reviews' })
      const hashes = Array.from({ length: 1_024 }, (_, i) => xxHash64(`user-${i}`))
      const spread = timeEach((i) => balancer.pick(call, hashes[i & 1_023], 0), pace)
      // The schedule by weights costs what a heap costs: no goal was set for it.
      const goal = weighted ? undefined : below
      return { name: `pick of ${count}, ${type}${weighted ? ', weighted' : ''}`, unit: 'µs', spread, below: goal }
    }),
    ...[
      { type: 'least-request', below: 0.5 },
      { type: 'maglev', hash: [{ header: 'x-user' }], below: 1 },
      { type: 'ring-hash', hash: [{ header: 'x-user' }], below: 1 },
    ].map(({ below, ...settings }) => {
      const view = viewOf(clusterOf(count, false), settings)
      const calls = Array.from({ length: 256 }, (_, i) =>
        clientCall({ service: 'reviews', headers: { accept: '*/*', 'x-user': `user-${i}` } }),
      )
      const spread = timeEach((i) => view.pick(calls[i & 255]), pace)
      const hashed = settings.hash === undefined ? '' : ', header hashed'
      return { name: `destination's pick of ${count}, ${settings.type}${hashed}`, unit: 'µs', spread, below }
    }),
  ])
}
