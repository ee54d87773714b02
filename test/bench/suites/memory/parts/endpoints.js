/** What an endpoint costs: its state alone, and in a mesh with every policy, its config and its metrics included. */
import { settledHeap } from '../../../harness/heap.js'
import { measureMemory } from '../../routing/memory.js'
import { fullService, openMesh } from './setup.js'

/** @param {{ count: number }} options */
export function endpointState({ count }) {
  const [line] = measureMemory({ sizes: { memory: count } })
  return line.spread.median
}

/** @param {{ count: number }} options */
export async function meshEndpoint({ count }) {
  // The first mesh loads what all share.
  await withEndpoints(1)
  const before = await withEndpoints(10)
  const after = await withEndpoints(10 + count)
  return (after - before) / count
}

/** @param {number} count @returns {Promise<number>} what the mesh holds on the heap, bytes */
async function withEndpoints(count) {
  const empty = await settledHeap()
  const urls = (function* all() {
    for (let i = 0; i < count; i += 1) yield `http://10.${i >> 16}.${(i >> 8) & 255}.${i & 255}:8080`
  })()
  const mesh = await openMesh({ reviews: fullService([...urls]) })
  const held = (await settledHeap()) - empty
  await mesh.close()
  return held
}
