/** One measurement of one contender: warmed, measured, checked against the server's count, judged for noise. */
import { cpuBetween, foreignCores, readClocks } from '../../harness/clocks.js'

/** @typedef {import('../../harness/remote-process.js').RemoteProcess} RemoteProcess */
/** @typedef {import('../../harness/contender-process.js').Sample} Sample */
/** @typedef {import('../../harness/noise.js').Noise} Noise */
/** @typedef {Sample & { serverCpuMicros: number | null, otherCpuMicros: (number | null)[], noise: Noise }} Measurement */

/**
 * @param {RemoteProcess} client
 * @param {RemoteProcess} server
 * @param {import('../../harness/contender-process.js').Load & { warmMs: number }} load
 * @param {import('../../harness/noise.js').CalibrationRecord} calibration
 * @param {readonly number[]} [others] pids of more processes that take part: proxies, workers
 * @returns {Promise<Measurement>} rejects when a reply was wrong, or did not come from the server
 */
export async function measureOnce(client, server, { warmMs, ...load }, calibration, others = []) {
  await client.call('warm', { ...load, durationMs: warmMs })
  const answeredBefore = await server.call('answered')
  const pids = [server.pid, client.pid, ...others]
  const before = readClocks(pids)
  const sample = await client.call('measure', load)
  const after = readClocks(pids)
  const answered = (await server.call('answered')) - answeredBefore
  if (answered !== sample.calls) throw new Error(`${sample.calls} replies, but ${answered} requests reached the server`)

  return {
    ...sample,
    serverCpuMicros: cpuBetween(before, after, 0),
    otherCpuMicros: others.map((_pid, index) => cpuBetween(before, after, index + 2)),
    noise: calibration.noiseOf(sample.calibrationsMs, foreignCores(before, after)),
  }
}
