/** Reads a `.cpuprofile`: which functions hold the processor themselves. */
import { shareOut } from './shares.js'

/** @typedef {{ id: number, callFrame: import('./shares.js').CallFrame }} ProfileNode */

/**
 * @typedef {object} CpuProfile
 * @property {ProfileNode[]} nodes
 * @property {number[]} samples ids of nodes
 * @property {number[]} timeDeltas microseconds
 */

/** V8's own name for having nothing to do. */
const IDLE = '(idle)'

/**
 * @param {CpuProfile} profile
 * @returns {import('./shares.js').Share[]} of the time that was not idle, largest first
 */
export function selfTimes({ nodes, samples, timeDeltas }) {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]))
  return shareOut(
    samples.flatMap((id, index) => {
      const frame = frames.get(id)
      return frame === undefined || frame.functionName === IDLE ? [] : [{ frame, amount: timeDeltas[index] ?? 0 }]
    }),
  )
}
