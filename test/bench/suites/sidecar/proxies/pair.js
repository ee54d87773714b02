/** One proxy beside the client and one beside the server: started, waited for, stopped, and nothing left behind. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { childrenOf, freePorts, startTool } from '../../../harness/tool-process.js'

/**
 * @typedef {object} Pair
 * @property {number} port where the client's proxy listens, in plain HTTP
 * @property {() => number[]} pids of all processes, workers too
 * @property {() => Promise<void>} stop
 */

/**
 * Client, plain, proxy, mutual TLS or plain, proxy, plain, server.
 * @param {import('./index.js').Proxy} proxy
 * @param {string} path of the program
 * @param {{ mtls: boolean, upstream: number, certificates: { server: Credentials, client: Credentials } }} options
 * @returns {Promise<Pair>}
 *
 * @typedef {import('../../../certificates.js').Credentials} Credentials
 */
export async function startPair(proxy, path, { mtls, upstream, certificates }) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-proxies-'))
  const [port, between] = await freePorts(2)
  const inbound = { listen: between, upstream, tls: mtls ? 'listen' : null, certificate: certificates.server }
  const outbound = { listen: port, upstream: between, tls: mtls ? 'upstream' : null, certificate: certificates.client }
  /** @type {import('../../../harness/tool-process.js').ToolProcess[]} */
  const started = []

  async function stop() {
    await Promise.all(started.map(({ stop }) => stop()))
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    for (const [name, { certificate, ...side }] of Object.entries({ inbound, outbound })) {
      const own = join(folder, name)
      writeCertificate(own, certificate)
      const config = proxy.config({ ...side, folder: own })
      started.push(startTool(path, { config, args: (file) => proxy.args(file, own), folder: own, port: side.listen }))
    }
    await Promise.all(started.map(({ ready }) => ready))
  } catch (error) {
    await stop()
    throw error
  }
  return { port, pids: () => started.flatMap(({ pid }) => [pid, ...childrenOf(pid)]), stop }
}

/**
 * @param {string} folder made here
 * @param {Credentials} credentials
 */
function writeCertificate(folder, { cert, key, ca }) {
  mkdirSync(folder)
  const files = { 'cert.pem': cert, 'key.pem': key, 'ca.pem': ca, 'both.pem': `${cert}\n${key}` }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 })
}
