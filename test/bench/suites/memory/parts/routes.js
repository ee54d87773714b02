/** What a route costs: a match by path and header, a split, retries and a timeout of its own. */
import { settledHeap } from '../../../harness/heap.js'
import { fullService, openMesh } from './setup.js'

/** @param {{ count: number }} options */
export async function meshRoute({ count }) {
  // The first mesh loads what all share.
  await withRoutes(1)
  const before = await withRoutes(10)
  const after = await withRoutes(10 + count)
  return (after - before) / count
}

/** @param {number} count @returns {Promise<number>} what the mesh holds on the heap, bytes */
async function withRoutes(count) {
  const empty = await settledHeap()
  const routes = Array.from({ length: count }, (_, i) => ({
    name: `r${i}`,
    match: [{ path: { prefix: `/v1/items/${i}` }, headers: { 'x-canary': 'true' } }],
    to: { v1: 90, v2: 10 },
    timeout: '2s',
    retry: { attempts: 2, on: ['5xx', 'connect-failure'] },
  }))
  const mesh = await openMesh({ reviews: fullService(['http://10.0.0.1:8080', 'http://10.0.0.2:8080'], routes) })
  const held = (await settledHeap()) - empty
  await mesh.close()
  return held
}
