/** One measurement of one server: warmed, measured, checked against its own count, judged for noise. */
import { cpuBetween, foreignCores, readClocks } from '../../harness/clocks.js'
import { calibrate } from '../../harness/noise.js'

/** All of them have a request under way at any time. */
export const CONNECTIONS = 50

/** @typedef {import('./load.js').LoadResult & { serverCpuMicros: number | null, noise: import('../../harness/noise.js').Noise }} Measurement */

/**
 * @param {import('../../harness/remote-process.js').RemoteProcess} server
 * @param {import('./load.js').Load} load
 * @param {{ warmMs: number, durationMs: number }} pace
 * @param {import('../../harness/noise.js').CalibrationRecord} calibration
 * @returns {Promise<Measurement>} rejects when a reply was wrong, or did not come from the application
 */
export async function measureOnce(server, load, { warmMs, durationMs }, calibration) {
  await load.warm(warmMs)
  const pids = [server.pid, load.pid]
  const reachedBefore = await server.call('reached')
  const calibrations = [calibrate()]
  const before = readClocks(pids)
  const result = await load.run(durationMs)
  const after = readClocks(pids)
  calibrations.push(calibrate())
  const reached = (await server.call('reached')) - reachedBefore
  // Those whose replies were on their way when the time was up.
  const late = reached - result.calls
  if (late < 0 || late > CONNECTIONS)
    throw new Error(`${result.calls} replies, but ${reached} requests reached the application`)

  return {
    ...result,
    serverCpuMicros: cpuBetween(before, after, 0),
    noise: calibration.noiseOf(calibrations, foreignCores(before, after)),
  }
}
