/** The one service behind every gateway. */
import { startProcess } from '../../harness/remote-process.js'

/** @returns {Promise<{ process: import('../../harness/remote-process.js').RemoteProcess, port: number }>} */
export async function startUpstream() {
  const server = startProcess(new URL('../../server.js', import.meta.url))
  const [port] = await server.call('listen', { ports: 1, tls: null })
  return { process: server, port }
}
