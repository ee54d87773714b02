/** `mesh.gateway()` as the handler of a plain Node server. */
import { once } from 'node:events'
import http from 'node:http'
import { openMesh } from '../mesh.js'

/** @param {import('../gateways.js').Placement} placement */
export async function open(placement) {
  const mesh = await openMesh(placement)
  const server = http.createServer({ keepAliveTimeout: 600_000 }, mesh.gateway()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
