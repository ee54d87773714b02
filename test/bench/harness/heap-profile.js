/** Reads a `.heapprofile`: which functions allocate themselves. */
import { shareOut } from './shares.js'

/** @typedef {{ callFrame: import('./shares.js').CallFrame, selfSize: number, children: HeapNode[] }} HeapNode */

/**
 * @param {{ head: HeapNode }} profile
 * @returns {import('./shares.js').Share[]} of the bytes, largest first
 */
export function selfSizes({ head }) {
  return shareOut(allocations(head))
}

/**
 * @param {HeapNode} node
 * @returns {Generator<{ frame: import('./shares.js').CallFrame, amount: number }>}
 */
function* allocations({ callFrame, selfSize, children }) {
  if (selfSize > 0) yield { frame: callFrame, amount: selfSize }
  for (const child of children) yield* allocations(child)
}
