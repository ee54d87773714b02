/** One contender of the suite under steady load, for a profiler. */
import { contendersOf, frameworkNames, moduleOf } from './contenders.js'
import { openLoad } from './load.js'
import { startServer } from './start-server.js'
import { makeTokens } from './tokens.js'

const contenders = frameworkNames.flatMap(contendersOf)

export const names = contenders.map(({ name }) => name)

/**
 * @param {string} name
 * @param {{ execArgv: string[], load: { concurrency: number, durationMs: number } }} options
 * @returns {Promise<{ calls: number, cpuMicros: number, allocatedBytes: number }>} of the profiled process
 */
export async function profile(name, { execArgv, load: { concurrency, durationMs } }) {
  const contender = contenders.find((one) => one.name === name)
  if (contender === undefined) throw new RangeError(`no contender '${name}'`)
  const tokens = await makeTokens('HS256')
  const server = startServer(execArgv)
  try {
    const { policies } = contender
    const port = await server.call('open', { module: moduleOf(contender), policies, verifier: tokens.verifier })
    const load = await openLoad(port, tokens, { withWrk: false, connections: concurrency })
    await server.call('watch')
    const { calls } = await load.run(durationMs)
    const own = await server.call('watched')
    await load.stop()
    await server.call('close')
    return { calls, ...own }
  } finally {
    await server.stop()
    tokens.remove()
  }
}
