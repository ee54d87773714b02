/** One contender of the suite under steady load, for a profiler. */
import { startProcess } from '../../harness/remote-process.js'
import { contenders, moduleOf } from './contenders.js'
import { startUpstream } from './upstream.js'

export const names = contenders.map(({ name }) => name)

/**
 * @param {string} name
 * @param {{ execArgv: string[], load: { concurrency: number, durationMs: number }, transport: string, payload: string }} options
 * @returns {Promise<{ calls: number, cpuMicros: number, allocatedBytes: number }>} of the profiled process
 */
export async function profile(name, { execArgv, load, transport, payload }) {
  const contender = contenders.find((one) => one.name === name)
  if (contender === undefined) throw new RangeError(`no contender '${name}'`)
  const upstream = await startUpstream()
  const client = startProcess(new URL('../../harness/contender-process.js', import.meta.url), { execArgv })
  try {
    const options = upstream.targetOf({ transport, payload })
    await client.call('open', { module: moduleOf(contender), options })
    const sample = await client.call('measure', load)
    await client.call('close')
    return sample
  } finally {
    await client.stop()
    await upstream.process.stop()
  }
}
