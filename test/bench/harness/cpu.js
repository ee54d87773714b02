/** The kernel's accounting: CPU and memory of a process that is not ours to ask, CPU of the whole machine. Linux only. */
import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ, fixed at 100 in Linux's interface to user space. */
const MICROS_PER_TICK = 10_000

/**
 * @typedef {object} CpuTime
 * @property {number} user microseconds
 * @property {number} system microseconds
 * @property {number} total microseconds, as the scheduler counts them: not in steps of 10 ms
 * @property {number} endedChildrenUser microseconds, of children that have ended
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
  const [user, system, endedChildrenUser] = fields.slice(11, 14).map((ticks) => Number(ticks) * MICROS_PER_TICK)
  return { user, system, total: scheduledMicros(pid) ?? user + system, endedChildrenUser }
}

/**
 * Summed over the threads of now: the time of those that have ended is not in it.
 * @param {number} pid
 * @returns {number | null} null where the kernel does not say
 */
function scheduledMicros(pid) {
  const threads = listProc(`/proc/${pid}/task`).map((thread) => readProc(`/proc/${pid}/task/${thread}/schedstat`))
  const known = threads.filter((thread) => thread !== null)
  if (known.length === 0) return null
  return known.reduce((sum, thread) => sum + Number(thread.split(' ', 1)[0]), 0) / 1_000
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

/**
 * @param {number} pid
 * @returns {number | null} bytes of memory that are resident; null where the kernel does not say
 */
export function residentBytes(pid) {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(readProc(`/proc/${pid}/status`) ?? '')
  return found === null ? null : Number(found[1]) * 1_024
}

/** @param {string} path */
function listProc(path) {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

/** @param {string} path */
function readProc(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}
