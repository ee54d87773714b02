/** A gateway that runs, pinned to the measured core, whatever it is made of. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cores, pin } from '../../harness/pinning.js'
import { startProcess } from '../../harness/remote-process.js'
import { childrenOf, findTool, freePorts, startTool } from '../../harness/tool-process.js'
import { moduleOf } from './gateways.js'

/**
 * @typedef {object} Running
 * @property {() => number[]} pids of all processes, workers too
 * @property {number} port
 * @property {() => Promise<void>} stop
 */

/**
 * @param {import('./gateways.js').Gateway} gateway
 * @param {number} upstreamPort
 * @param {string[]} [execArgv] of a Node process
 * @returns {Promise<Running>}
 */
export function startGateway(gateway, upstreamPort, execArgv = []) {
  return gateway.tool === null
    ? startNode(gateway, upstreamPort, execArgv)
    : startForeign(gateway, gateway.tool, upstreamPort)
}

/**
 * @param {import('./gateways.js').Gateway} gateway
 * @param {number} upstreamPort
 * @param {string[]} execArgv
 */
async function startNode(gateway, upstreamPort, execArgv) {
  const env = { NODE_ENV: 'production' }
  const child = startProcess(new URL('./gateway-process.js', import.meta.url), { execArgv, env })
  pin(child.pid, cores.measured)
  try {
    const placement = { upstreamPort, policies: gateway.policies }
    const port = await child.call('open', { module: moduleOf(gateway), placement })
    return { pids: () => [child.pid], port, stop: child.stop }
  } catch (error) {
    await child.stop()
    throw error
  }
}

/**
 * @param {import('./gateways.js').Gateway} gateway
 * @param {import('../../harness/tool-process.js').Tool} tool
 * @param {number} upstreamPort
 */
async function startForeign(gateway, tool, upstreamPort) {
  const { setup } = await import(moduleOf(gateway))
  const [port] = await freePorts(1)
  const folder = mkdtempSync(join(tmpdir(), 'bench-gateway-'))
  const placement = { port, upstreamPort, policies: gateway.policies }
  const started = startTool(findTool(tool)?.path ?? '', { ...setup(placement, folder), folder, port })
  const pids = () => [started.pid, ...childrenOf(started.pid)]
  async function stop() {
    await started.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await started.ready
    for (const pid of pids()) pin(pid, cores.measured)
    return { pids, port, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
