/** The kernel's accounting: CPU of a process that is not ours to ask, and of the whole machine. Linux only. */
import { readFileSync } from 'node:fs'

/** USER_HZ, fixed at 100 in Linux's interface to user space. */
const MICROS_PER_TICK = 10_000

/**
 * @typedef {object} CpuTime
 * @property {number} user microseconds
 * @property {number} system microseconds
 */

/**
 * @param {number} pid
 * @returns {CpuTime | null} null where the kernel does not say
 */
export function processCpu(pid) {
  const stat = readProc(`/proc/${pid}/stat`)
  if (stat === null) return null
  // The second field is the name in parentheses and may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return { user: Number(fields[11]) * MICROS_PER_TICK, system: Number(fields[12]) * MICROS_PER_TICK }
}

/**
 * User time of everybody, and time that the hypervisor gave to others. System time is left out: the kernel's
 * own network work for our sockets would look like somebody else's.
 * @returns {number | null} microseconds since boot
 */
export function machineUserAndStolenMicros() {
  const stat = readProc('/proc/stat')
  if (stat === null) return null
  const [user, nice, , , , , , steal] = stat.slice(0, stat.indexOf('\n')).trim().split(/\s+/).slice(1).map(Number)
  return (user + nice + steal) * MICROS_PER_TICK
}

/** @param {string} path */
function readProc(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
