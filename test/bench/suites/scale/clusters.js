/** A cluster and the client that calls it: opened, and measured once. */
import { residentBytes } from '../../harness/cpu.js'
import { startProcess } from '../../harness/remote-process.js'
import { moduleOf } from '../client/contenders.js'
import { measureOnce } from '../client/measurement.js'

/** @typedef {import('../client/measurement.js').Measurement & { byWorker: number[], residentMb: number }} Measurement */

/**
 * @typedef {object} Setup
 * @property {string} name
 * @property {number} workers
 * @property {string} redisSocket
 */

/**
 * @param {Setup} setup
 * @param {import('../../harness/contender-process.js').Load} warmUp
 */
export async function open({ name, ...setup }, warmUp) {
  const server = startProcess(new URL('./primary.js', import.meta.url))
  const client = startProcess(new URL('../../harness/contender-process.js', import.meta.url))
  const { port, pids } = await server.call('start', setup)
  const target = { origins: [`http://127.0.0.1:${port}`], payload: '500B', tls: null }
  await client.call('open', { module: moduleOf({ module: 'pool-dispatch' }), options: target })
  await client.call('warm', warmUp)
  return { name, client, server, pids }
}

/**
 * @param {Awaited<ReturnType<typeof open>>} opened
 * @param {Parameters<typeof measureOnce>[2]} load
 * @param {Parameters<typeof measureOnce>[3]} calibration
 * @returns {Promise<Measurement>} rejects also when the workers' metrics do not add up
 */
export async function measure({ client, server, pids }, load, calibration) {
  const [before, countedBefore] = [await server.call('answeredByWorker'), await server.call('counted')]
  await server.call('beginScraping')
  const measured = await measureOnce(client, server, load, calibration, pids).finally(() => server.call('endScraping'))
  const [after, countedAfter] = [await server.call('answeredByWorker'), await server.call('counted')]
  const bytes = pids.reduce((sum, pid) => sum + (residentBytes(pid) ?? Number.NaN), 0)
  const byWorker = after.map((/** @type {number} */ count, /** @type {number} */ index) => count - before[index])
  const answered = byWorker.reduce((/** @type {number} */ sum, /** @type {number} */ count) => sum + count, 0)
  if (countedAfter - countedBefore !== answered)
    throw new Error(
      `${answered} requests were answered, the metrics of all workers count ${countedAfter - countedBefore}`,
    )
  return { ...measured, byWorker, residentMb: bytes / 2 ** 20 }
}
