// One instance of the backend: a Fastify application that only talks mutual TLS, and fails when it is told to.
import Fastify from 'fastify'
import { createMesh, developmentIdentity } from 'sidecarless'
import { serveParent } from './child.js'

const [instance, version] = process.argv.slice(2)
const mesh = createMesh({
  service: { name: 'backend-service', labels: { version } },
  identity: developmentIdentity({
    trustDomain: 'quickstart.local',
    service: 'backend-service',
    dir: process.env.IDENTITY_DIR,
  }),
  config: { inbound: { mtls: 'strict' } },
})

const counts = { served: 0, failed: 0 }
let failures = 0

const app = Fastify()
app.get('/products', (_request, reply) => {
  if (failures > 0) {
    failures--
    counts.failed++
    return reply.code(503).send({ error: `${instance} was told to fail` })
  }
  counts.served++
  return { instance, version, products: ['tea', 'coffee'] }
})

const server = mesh.server(app)
const { port } = await server.listen({ port: 0, host: '127.0.0.1' })

const commands = {
  /** Fails so many of the next calls. */
  fail(count) {
    failures = count
  },
  counts: () => counts,
}
serveParent(port, commands, () => mesh.close())
