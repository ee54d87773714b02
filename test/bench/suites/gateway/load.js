/** The load on a gateway: wrk where it is installed, else a Node process that does the same. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startProcess } from '../../harness/remote-process.js'
import { runWrk, wrkIsInstalled } from '../../harness/wrk.js'
import { open } from './exchange.js'
import { makeRequests, wrkScript } from './requests.js'

/**
 * @typedef {object} LoadResult
 * @property {number} calls replies with status 200
 * @property {number} wallMs
 * @property {number} p50Micros
 * @property {number} p99Micros
 */

/**
 * @typedef {object} Load
 * @property {string} name
 * @property {number[]} pids of processes that live longer than a measurement
 * @property {(port: number, load: { concurrency: number, durationMs: number }) => Promise<LoadResult>} drive rejects
 *   when any reply was wrong
 * @property {() => Promise<void>} stop
 */

/** @returns {Load} */
export function createLoad() {
  return wrkIsInstalled() ? wrkLoad() : nodeLoad()
}

/**
 * wrk looks at statuses and sizes only.
 * @param {number} port
 * @returns {Promise<void>} rejects when a reply is wrong
 */
export async function checkReplies(port) {
  const requests = makeRequests()
  const { call, close } = open({ ...requests, port })
  for (const _token of requests.tokens) if (!(await call())) throw new Error('wrong status or body')
  await close()
}

/** @returns {Load} */
function wrkLoad() {
  const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'))
  const script = join(folder, 'load.lua')
  writeFileSync(script, wrkScript(makeRequests()))
  return {
    name: 'wrk',
    pids: [],
    async drive(port, { concurrency, durationMs }) {
      const url = `http://127.0.0.1:${port}`
      const { failed, ...result } = await runWrk({ url, connections: concurrency, durationMs, script, args: [] })
      if (failed > 0) throw new Error(`${failed} requests failed`)
      return result
    },
    async stop() {
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** @returns {Load} */
function nodeLoad() {
  const client = startProcess(new URL('../../harness/contender-process.js', import.meta.url))
  const module = new URL('./exchange.js', import.meta.url).href
  const requests = makeRequests()
  return {
    name: 'a Node process, for want of wrk',
    pids: [client.pid],
    async drive(port, load) {
      await client.call('open', { module, options: { ...requests, port } })
      try {
        const { calls, wallMs, p50Micros, p99Micros } = await client.call('measure', load)
        return { calls, wallMs, p50Micros, p99Micros }
      } finally {
        await client.call('close')
      }
    },
    stop: () => client.stop(),
  }
}
