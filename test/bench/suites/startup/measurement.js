/** One start of a fresh process, judged for noise. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { machineUserAndStolenMicros } from '../../harness/cpu.js'
import { calibrate } from '../../harness/noise.js'

const probe = fileURLToPath(new URL('./probe.js', import.meta.url))

/**
 * @typedef {object} Start
 * @property {number} importMs
 * @property {number} cpuMs of the import, all threads
 * @property {number} rssMb after the import
 * @property {number | null} firstCallMs from the beginning of the import to the end of the first reply; null for what cannot call
 */

/**
 * @param {string} subject
 * @param {string} origin
 * @param {import('../../harness/noise.js').CalibrationRecord} calibration
 * @returns {Start & { noise: import('../../harness/noise.js').Noise }}
 */
export function startOnce(subject, origin, calibration) {
  const calibrations = [calibrate()]
  const before = { wallMs: performance.now(), machine: machineUserAndStolenMicros() }
  const child = spawnSync(process.execPath, [probe, subject, origin], { encoding: 'utf8', timeout: 30_000 })
  const after = { wallMs: performance.now(), machine: machineUserAndStolenMicros() }
  calibrations.push(calibrate())
  if (child.status !== 0) throw new Error(`${subject} did not start: ${child.stderr.trim()}`)
  const { userMicros, ...start } = JSON.parse(child.stdout)
  const known = before.machine !== null && after.machine !== null
  const foreignMicros = known ? after.machine - before.machine - userMicros : null
  return {
    ...start,
    noise: calibration.noiseOf(
      calibrations,
      foreignMicros === null ? null : Math.max(0, foreignMicros / ((after.wallMs - before.wallMs) * 1_000)),
    ),
  }
}
