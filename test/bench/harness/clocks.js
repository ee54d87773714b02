/** The CPU of everybody who takes part in a measurement, and what others used meanwhile. */
import { machineUserAndStolenMicros, processCpu } from './cpu.js'

/**
 * @typedef {object} Clocks
 * @property {number} wallMs
 * @property {number | null} machine
 * @property {import('./cpu.js').CpuTime | null} own
 * @property {(import('./cpu.js').CpuTime | null)[]} others
 */

/**
 * @param {readonly number[]} pids processes that take part beside this one and children of it that will have ended
 * @returns {Clocks}
 */
export function readClocks(pids) {
  return {
    wallMs: performance.now(),
    machine: machineUserAndStolenMicros(),
    own: processCpu(process.pid),
    others: pids.map(processCpu),
  }
}

/**
 * @param {Clocks} before
 * @param {Clocks} after
 * @param {number} index of the process
 * @returns {number | null} microseconds; null where the kernel does not say
 */
export function cpuBetween(before, after, index) {
  const [start, end] = [before.others[index], after.others[index]]
  return start && end ? end.total - start.total : null
}

/**
 * @param {Clocks} before
 * @param {Clocks} after
 * @returns {number | null} cores' worth of CPU used by others; null where the kernel does not say
 */
export function foreignCores(before, after) {
  const [start, end] = [participantsUser(before), participantsUser(after)]
  if (start === null || end === null || before.machine === null || after.machine === null) return null
  const foreign = after.machine - before.machine - (end - start)
  return Math.max(0, foreign / ((after.wallMs - before.wallMs) * 1_000))
}

/** @param {Clocks} clocks */
function participantsUser({ own, others }) {
  if (own === null) return null
  let user = own.user + own.endedChildrenUser
  for (const other of others) {
    if (other === null) return null
    user += other.user
  }
  return user
}
