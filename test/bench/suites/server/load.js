/** What drives the servers: a process of our own that checks every reply, and wrk, which costs less, where it is. */
import { fileURLToPath } from 'node:url'
import { startProcess } from '../../harness/remote-process.js'
import { runWrk } from '../../harness/wrk.js'
import { path } from './application.js'

/**
 * @typedef {object} LoadResult
 * @property {number} calls right replies
 * @property {number} wallMs
 * @property {number} p50Micros
 * @property {number} p99Micros
 */

/**
 * @typedef {object} Load
 * @property {number} pid of our own process
 * @property {(durationMs: number) => Promise<void>} warm rejects when a reply was wrong
 * @property {(durationMs: number) => Promise<LoadResult>} run the same
 * @property {() => Promise<void>} stop
 */

/**
 * @param {number} port
 * @param {import('./tokens.js').Tokens} tokens
 * @param {{ withWrk: boolean, connections: number }} options
 * @returns {Promise<Load>}
 */
export async function openLoad(port, tokens, { withWrk, connections }) {
  const client = startProcess(new URL('../../harness/contender-process.js', import.meta.url))
  await client.call('open', {
    module: new URL('./exchange.js', import.meta.url).href,
    options: { port, tokens: tokens.list, connections },
  })

  /** @param {number} durationMs */
  async function runWithWrk(durationMs) {
    const { failed, ...result } = await runWrk({
      url: `http://127.0.0.1:${port}${path}`,
      connections,
      durationMs,
      script: fileURLToPath(new URL('./tokens.lua', import.meta.url)),
      args: [tokens.file],
    })
    if (failed > 0) throw new Error(`${failed} calls failed`)
    return result
  }

  return {
    pid: client.pid,
    warm: (durationMs) => client.call('warm', { concurrency: connections, durationMs }),
    run: withWrk ? runWithWrk : (durationMs) => client.call('measure', { concurrency: connections, durationMs }),
    stop: () => client.stop(),
  }
}
