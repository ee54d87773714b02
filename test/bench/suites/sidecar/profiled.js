/** One direct contender of the suite under steady load, for a profiler, on either of its sides. */
import { createCalibrationRecord } from '../../harness/noise.js'
import { startProcess } from '../../harness/remote-process.js'
import { moduleOf } from '../client/contenders.js'
import { measureOnce } from '../client/measurement.js'
import { direct } from './contenders.js'
import { Stage } from './stage.js'

/** @type {readonly ('client' | 'server')[]} */
const sides = ['client', 'server']

export const names = direct.flatMap(({ name }) => sides.map((side) => `${name}: ${side}`))

/** Nothing is repeated, so nothing is judged. */
const calibration = createCalibrationRecord()

/**
 * @param {string} wanted
 * @param {{ execArgv: string[], load: { concurrency: number, durationMs: number } }} options
 * @returns {Promise<{ calls: number, cpuMicros: number, allocatedBytes: number }>} CPU of the profiled side
 */
export async function profile(wanted, { execArgv, load }) {
  const [name, side] = wanted.split(': ')
  const contender = direct.find((one) => one.name === name)
  if (contender === undefined) throw new RangeError(`no contender '${name}'`)
  const profiled = side === 'server' ? contender.server : undefined
  const stage = await Stage.open({ mesh: contender.server !== 'bare', profiled, execArgv })
  const process = new URL('../../harness/contender-process.js', import.meta.url)
  const client = startProcess(process, { execArgv: side === 'client' ? execArgv : [] })
  try {
    const { target, server } = await stage.enter(contender)
    await client.call('open', { module: moduleOf({ module: contender.client }), options: target })
    const sample = await measureOnce(client, server, { ...load, warmMs: 1_000 }, calibration)
    await client.call('close')
    return { ...sample, cpuMicros: side === 'client' ? sample.cpuMicros : (sample.serverCpuMicros ?? Number.NaN) }
  } finally {
    await client.stop()
    await stage.close()
  }
}
