/** `mesh.gateway()` behind `mesh.server()`: the same with a drain and the mesh's identity. */
import { openMesh } from '../mesh.js'

/** @param {import('../gateways.js').Placement} placement */
export async function open(placement) {
  const mesh = await openMesh(placement)
  const { port } = await mesh.server(mesh.gateway()).listen({ port: 0, host: '127.0.0.1' })
  return port
}
