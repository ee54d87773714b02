/** One Node gateway of the suite under steady load, for a profiler. */
import { cpuBetween, readClocks } from '../../harness/clocks.js'
import { cores, pin } from '../../harness/pinning.js'
import { gateways } from './gateways.js'
import { createLoad } from './load.js'
import { startGateway } from './running.js'
import { startUpstream } from './upstream.js'

const own = gateways.filter(({ tool }) => tool === null)

export const names = own.map(({ name }) => name)

/**
 * @param {string} name
 * @param {{ execArgv: string[], load: { concurrency: number, durationMs: number } }} options
 * @returns {Promise<{ calls: number, cpuMicros: number, allocatedBytes: number }>} of the gateway's process
 */
export async function profile(name, { execArgv, load: pace }) {
  const gateway = own.find((one) => one.name === name)
  if (gateway === undefined) throw new RangeError(`no gateway '${name}'`)
  pin(process.pid, cores.load)
  const upstream = await startUpstream()
  const load = createLoad()
  try {
    const running = await startGateway(gateway, upstream.port, execArgv)
    const before = readClocks(running.pids())
    const { calls } = await load.drive(running.port, pace)
    const after = readClocks(running.pids())
    await running.stop()
    // The kernel's accounting has no heap.
    return { calls, cpuMicros: cpuBetween(before, after, 0) ?? Number.NaN, allocatedBytes: Number.NaN }
  } finally {
    await load.stop()
    await upstream.process.stop()
  }
}
