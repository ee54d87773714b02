import { createServer } from 'node:http'
import { answer } from '../application.js'
import { openMesh } from '../mesh-setup.js'

/** @type {import('node:http').RequestListener} */
function application(_request, response) {
  const body = JSON.stringify(answer())
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }).end(body)
}

/**
 * node:http, bare or behind `mesh.server`.
 * @param {ReadonlySet<string>} policies
 * @param {import('../tokens.js').Verifier} verifier
 */
export async function serve(policies, verifier) {
  if (policies.has('mesh') || policies.has('mesh-off')) {
    const mesh = openMesh(policies, verifier)
    const { port } = await mesh.server(application).listen({ host: '127.0.0.1' })
    return { port, close: () => mesh.close() }
  }
  const server = createServer(application)
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  return { port: portOf(server), close: () => server.close() }
}

/**
 * @param {import('node:net').Server} server
 * @returns {number}
 */
export function portOf(server) {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
