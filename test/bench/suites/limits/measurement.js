/** One measurement of one contender: warmed, measured, checked against what Redis has run, judged for noise. */
import { machineUserAndStolenMicros, processCpu } from '../../harness/cpu.js'

/** @typedef {import('../../harness/contender-process.js').Sample & { redisCpuMicros: number | null, redisRuns: number | null, noise: import('../../harness/noise.js').Noise }} Measurement */

/**
 * @param {import('./contenders.js').Contender} contender
 * @param {import('../../harness/remote-process.js').RemoteProcess} client
 * @param {import('./redis.js').RedisServer | null} redis null for who uses none
 * @param {{ concurrency: number, warmMs: number, durationMs: number }} load
 * @param {import('../../harness/noise.js').CalibrationRecord} calibration
 * @returns {Promise<Measurement>} rejects when a decision was wrong, or was made without Redis
 */
export async function measureOnce({ remembers = false }, client, redis, load, calibration) {
  const { concurrency, warmMs, durationMs } = load
  await client.call('warm', { concurrency, durationMs: warmMs })
  const runsBefore = (await redis?.decided()) ?? null
  const before = readClocks(redis)
  const sample = await client.call('measure', { concurrency, durationMs })
  const after = readClocks(redis)
  const runs = runsBefore === null ? null : ((await redis?.decided()) ?? 0) - runsBefore
  if (runs !== null && runs < sample.calls && !remembers)
    throw new Error(`${sample.calls} decisions, but Redis has run ${runs} commands`)
  const [redisBefore, redisAfter] = [before.redis, after.redis]
  const redisUser = redisBefore && redisAfter ? redisAfter.user - redisBefore.user : 0
  const ours = sample.userMicros + redisUser + after.ownUserMicros - before.ownUserMicros
  const known = before.machine !== null && after.machine !== null
  const foreign = known ? (after.machine - before.machine - ours) / ((after.wallMs - before.wallMs) * 1_000) : null
  return {
    ...sample,
    redisCpuMicros: redisBefore && redisAfter ? redisUser + redisAfter.system - redisBefore.system : null,
    redisRuns: runs,
    noise: calibration.noiseOf(sample.calibrationsMs, foreign === null ? null : Math.max(0, foreign)),
  }
}

/** @param {import('./redis.js').RedisServer | null} redis */
function readClocks(redis) {
  return {
    wallMs: performance.now(),
    machine: machineUserAndStolenMicros(),
    redis: redis === null ? null : processCpu(redis.pid),
    ownUserMicros: process.cpuUsage().user,
  }
}
