/** One measurement of one contender: warmed, measured, checked against the server's count, judged for noise. */
import { machineUserAndStolenMicros, processCpu } from '../../harness/cpu.js'

/** @typedef {import('../../harness/remote-process.js').RemoteProcess} RemoteProcess */
/** @typedef {import('../../harness/contender-process.js').Sample} Sample */
/** @typedef {import('../../harness/noise.js').Noise} Noise */
/** @typedef {Sample & { serverCpuMicros: number | null, noise: Noise }} Measurement */

/**
 * @param {RemoteProcess} client
 * @param {RemoteProcess} server
 * @param {{ concurrency: number, warmMs: number, durationMs: number }} load
 * @param {{ slowdownOf(calibrationsMs: readonly number[]): number }} calibration
 * @returns {Promise<Measurement>} rejects when a reply was wrong, or did not come from the server
 */
export async function measureOnce(client, server, { concurrency, warmMs, durationMs }, calibration) {
  await client.call('warm', { concurrency, durationMs: warmMs })
  const answeredBefore = await server.call('answered')
  const before = readClocks(server.pid)
  const sample = await client.call('measure', { concurrency, durationMs })
  const after = readClocks(server.pid)
  const answered = (await server.call('answered')) - answeredBefore
  if (answered !== sample.calls) throw new Error(`${sample.calls} replies, but ${answered} requests reached the server`)

  return {
    ...sample,
    serverCpuMicros: serverCpu(before, after),
    noise: {
      slowdown: calibration.slowdownOf(sample.calibrationsMs),
      foreignCores: foreignCores(before, after, sample.userMicros),
    },
  }
}

/** @param {number} serverPid */
function readClocks(serverPid) {
  return {
    wallMs: performance.now(),
    machine: machineUserAndStolenMicros(),
    server: processCpu(serverPid),
    ownUserMicros: process.cpuUsage().user,
  }
}

/** @typedef {ReturnType<typeof readClocks>} Clocks */

/**
 * @param {Clocks} before
 * @param {Clocks} after
 */
function serverCpu(before, after) {
  if (before.server === null || after.server === null) return null
  return after.server.user + after.server.system - before.server.user - before.server.system
}

/**
 * @param {Clocks} before
 * @param {Clocks} after
 * @param {number} clientUserMicros
 */
function foreignCores(before, after, clientUserMicros) {
  if (before.machine === null || after.machine === null || before.server === null || after.server === null) return null
  const ours = clientUserMicros + after.server.user - before.server.user + after.ownUserMicros - before.ownUserMicros
  const foreign = after.machine - before.machine - ours
  return Math.max(0, foreign / ((after.wallMs - before.wallMs) * 1_000))
}
