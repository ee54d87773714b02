/** One measurement of one gateway: warmed, measured, checked against the upstream's count, judged for noise. */
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuBetween, foreignCores, readClocks } from '../../harness/clocks.js'
import { calibrate } from '../../harness/noise.js'

/** @typedef {import('../../harness/remote-process.js').RemoteProcess} RemoteProcess */
/** @typedef {import('./load.js').LoadResult & { gatewayCpuMicros: number, upstreamCpuMicros: number | null, noise: import('../../harness/noise.js').Noise }} Measurement */

/**
 * @typedef {object} Environment
 * @property {import('./load.js').Load} load
 * @property {RemoteProcess} upstream
 * @property {import('../../harness/noise.js').CalibrationRecord} calibration
 */

/**
 * @param {import('./running.js').Running} gateway
 * @param {{ concurrency: number, leadInMs: number, durationMs: number }} pace
 * @param {Environment} environment
 * @returns {Promise<Measurement>} rejects when a reply was wrong, or did not come from the upstream
 */
export async function measureOnce(gateway, pace, { load, upstream, calibration }) {
  // It has been idle while the others had their turns, and V8 gives memory back meanwhile.
  if (pace.leadInMs > 0) await load.drive(gateway.port, { ...pace, durationMs: pace.leadInMs })
  const pids = [upstream.pid, ...load.pids, ...gateway.pids()]
  const answeredBefore = await settledCount(upstream)
  const calibrations = [calibrate()]
  const before = readClocks(pids)
  const result = await load.drive(gateway.port, pace)
  const after = readClocks(pids)
  calibrations.push(calibrate())
  // What was in flight when the time was up was answered for nobody; on a busy machine the warm-up's is still to come.
  const late = (await settledCount(upstream)) - answeredBefore - result.calls
  if (late < 0 || late > 2 * pace.concurrency)
    throw new Error(`${result.calls} replies, but ${result.calls + late} requests reached the upstream`)

  const ofGateway = gateway.pids().map((pid) => cpuBetween(before, after, pids.indexOf(pid)) ?? Number.NaN)
  return {
    ...result,
    gatewayCpuMicros: ofGateway.reduce((sum, micros) => sum + micros, 0),
    upstreamCpuMicros: cpuBetween(before, after, 0),
    noise: calibration.noiseOf(calibrations, foreignCores(before, after)),
  }
}

/**
 * What the upstream has answered, once nothing is on its way to it any more.
 * @param {RemoteProcess} upstream
 * @returns {Promise<number>}
 */
async function settledCount(upstream) {
  let count = await upstream.call('answered')
  for (;;) {
    await sleep(50)
    const later = await upstream.call('answered')
    if (later === count) return count
    count = later
  }
}
