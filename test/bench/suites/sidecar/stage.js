/** What a contender needs beside its client: servers, certificates, and its pair of proxies. */
import { makeCertificates } from '../../certificates.js'
import { startProcess } from '../../harness/remote-process.js'
import { startPair } from './proxies/pair.js'

const PORTS = 10
const PAYLOAD = '500B'

/** @typedef {import('../client/target.js').TargetOptions} TargetOptions */
/** @typedef {import('../../harness/remote-process.js').RemoteProcess} RemoteProcess */

/** Servers and proxies that run, and what to open a client with. */
export class Stage {
  #certificates
  #servers
  #origins
  /** @type {Set<import('./proxies/pair.js').Pair>} */
  #pairs = new Set()

  /**
   * @param {Awaited<ReturnType<typeof makeCertificates>>} certificates
   * @param {Record<import('./contenders.js').Contender['server'], RemoteProcess>} servers
   * @param {Record<import('./contenders.js').Contender['server'] | 'plain', string[]>} origins
   */
  constructor(certificates, servers, origins) {
    this.#certificates = certificates
    this.#servers = servers
    this.#origins = origins
  }

  /**
   * @param {{ mesh: boolean, profiled?: string, execArgv?: string[] }} options whether `mesh.server()` is wanted; flags for one
   *   server, since one name of a profile serves one process
   * @returns {Promise<Stage>}
   */
  static async open({ mesh: wanted, profiled, execArgv = [] }) {
    const certificates = await makeCertificates()
    const flags = (/** @type {string} */ name) => ({ execArgv: name === profiled ? execArgv : [] })
    const meshServer = new URL('./mesh-server.js', import.meta.url)
    const servers = {
      bare: startProcess(new URL('../../server.js', import.meta.url), flags('bare')),
      mesh: startProcess(meshServer, flags('mesh')),
      meshAtOnce: startProcess(meshServer, flags('meshAtOnce')),
    }
    const secure = { ports: PORTS, tls: certificates.server }
    const listening = (/** @type {RemoteProcess} */ server, /** @type {object} */ options) =>
      wanted ? server.call('listen', { ...secure, ...options }) : []
    const origins = {
      plain: originsOf('http', await servers.bare.call('listen', { ports: 1, tls: null })),
      bare: originsOf('https', await servers.bare.call('listen', secure)),
      mesh: originsOf('https', await listening(servers.mesh, { batchReplies: true })),
      meshAtOnce: originsOf('https', await listening(servers.meshAtOnce, { batchReplies: false })),
    }
    return new Stage(certificates, servers, origins)
  }

  /**
   * @param {import('./contenders.js').Contender} contender
   * @returns {Promise<{ target: TargetOptions, server: RemoteProcess, pids: () => number[] }>} pids of its proxies
   */
  async enter({ mtls, server, pair }) {
    const end = this.#servers[server]
    if (pair === null) {
      const origins = this.#origins[mtls ? server : 'plain']
      return {
        target: { origins, payload: PAYLOAD, tls: mtls ? this.#certificates.client : null },
        server: end,
        pids: () => [],
      }
    }
    const upstream = Number(new URL(this.#origins.plain[0] ?? '').port)
    const { kind, path } = pair
    const running = await startPair(kind, path, { mtls: pair.mtls, upstream, certificates: this.#certificates })
    this.#pairs.add(running)
    const target = { origins: originsOf('http', [running.port]), payload: PAYLOAD, tls: null }
    return { target, server: end, pids: running.pids }
  }

  async close() {
    const running = [...this.#pairs, ...Object.values(this.#servers)]
    await Promise.all(running.map((one) => one.stop()))
  }
}

/**
 * @param {string} scheme
 * @param {readonly number[]} ports
 */
function originsOf(scheme, ports) {
  return ports.map((port) => `${scheme}://127.0.0.1:${port}`)
}
