/**
 * The process in which one contender runs: opens it, warms it, measures it. Everything that counts for the
 * contender is read here: its CPU, its heap, its latencies.
 */
import { watchAllocation } from './allocation.js'
import { runClosedLoop } from './closed-loop.js'
import { calibrate } from './noise.js'
import { runOpenLoop } from './open-loop.js'
import { answerParent } from './remote-process.js'
import { quantile } from './statistics.js'

/**
 * What a contender's module gives: it connects to the target and makes single calls.
 * @typedef {object} Exchange
 * @property {() => Promise<boolean>} call true when the status and the body were right
 * @property {() => unknown} close
 */

/**
 * @typedef {object} Sample
 * @property {number} calls
 * @property {number} wallMs
 * @property {number} cpuMicros user and system time of this process, all of its threads
 * @property {number} userMicros
 * @property {number} allocatedBytes
 * @property {number} collections
 * @property {number} p50Micros
 * @property {number} p99Micros
 * @property {number[]} calibrationsMs
 */

/** @type {Exchange} */
let exchange

/** @param {{ module: string, options: unknown }} params */
async function open({ module, options }) {
  const { open: openContender } = await import(module)
  exchange = await openContender(options)
  // The first ones find nothing in the caches.
  for (let times = 0; times < 5; times += 1) calibrate()
}

/**
 * So many calls in flight, or so many a second.
 * @typedef {{ durationMs: number } & ({ concurrency: number } | { perSecond: number })} Load
 */

/** @param {Load} load */
function run(load) {
  return 'perSecond' in load ? runOpenLoop(exchange.call, load) : runClosedLoop(exchange.call, load)
}

/** @param {Load} load */
async function warm(load) {
  const { failed, firstFailure } = await run(load)
  if (failed > 0) throw new Error(`${failed} calls failed: ${firstFailure}`)
}

/**
 * @param {Load} load
 * @returns {Promise<Sample>}
 */
async function measure(load) {
  const before = calibrate()
  const endAllocation = watchAllocation()
  const cpuBefore = process.cpuUsage()
  const { calls, failed, firstFailure, wallMs, latenciesMs } = await run(load)
  const cpu = process.cpuUsage(cpuBefore)
  const allocation = endAllocation()
  const latencies = latenciesMs()
  if (failed > 0) throw new Error(`${failed} calls failed: ${firstFailure}`)
  return {
    calls,
    wallMs,
    cpuMicros: cpu.user + cpu.system,
    userMicros: cpu.user,
    allocatedBytes: allocation.bytes,
    collections: allocation.collections,
    p50Micros: quantile(latencies, 0.5) * 1_000,
    p99Micros: quantile(latencies, 0.99) * 1_000,
    calibrationsMs: [before, calibrate()],
  }
}

answerParent({ open, warm, measure, close: () => exchange.close() })
