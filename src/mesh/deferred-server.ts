import { MeshError } from '../core/errors.js'
import { drainLimitMs } from '../server/close-options.js'
import type { MeshServer } from '../server/mesh-server.js'

/** A server that is made when it is told to listen and the config is there: whether it speaks TLS, the config says. */
export function deferredServer(ready: () => Promise<void>, make: () => MeshServer): MeshServer {
  let server: MeshServer | undefined
  let closed = false
  return {
    async listen(options) {
      await ready()
      if (closed) throw new MeshError('ERR_MESH_CLOSED', 'the server is closed')
      server ??= make()
      return server.listen(options)
    },
    async close(options = {}) {
      // What is no duration is refused before the server counts as closed.
      drainLimitMs(options)
      closed = true
      await server?.close(options)
    },
  }
}
