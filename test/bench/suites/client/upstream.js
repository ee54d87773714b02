/** The server process: plain and mutual TLS listeners, and the client's side of the certificates. */
import { makeCertificates } from '../../certificates.js'
import { startProcess } from '../../harness/remote-process.js'

const PORTS = 10

/**
 * @typedef {object} Upstream
 * @property {import('../../harness/remote-process.js').RemoteProcess} process
 * @property {(scenario: { transport: string, payload: string }) => import('./target.js').TargetOptions} targetOf
 */

/** @returns {Promise<Upstream>} */
export async function startUpstream() {
  const server = startProcess(new URL('../../server.js', import.meta.url))
  const certificates = await makeCertificates()
  const plain = await server.call('listen', { ports: PORTS, tls: null })
  const secure = await server.call('listen', { ports: PORTS, tls: certificates.server })
  return {
    process: server,
    targetOf({ transport, payload }) {
      const mutual = transport === 'mtls'
      return {
        origins: mutual ? originsOf('https', secure) : originsOf('http', plain),
        payload,
        tls: mutual ? certificates.client : null,
      }
    },
  }
}

/**
 * @param {string} scheme
 * @param {readonly number[]} ports
 */
function originsOf(scheme, ports) {
  return ports.map((port) => `${scheme}://127.0.0.1:${port}`)
}
