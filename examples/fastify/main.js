// A Fastify application whose outbound calls end when its caller stops waiting: nobody hands a deadline around.
// Run it after a build: node examples/fastify/main.js
import { createServer } from 'node:http'
import Fastify from 'fastify'
import { createMesh } from 'sidecarless'
import { meshPlugin } from 'sidecarless/fastify'

/** Never answers, and tells when a caller gives up. */
const stock = createServer((request) => {
  request.socket.once('close', () => console.log('stock: nobody waits for the answer any more'))
}).listen(0)

const mesh = createMesh({
  service: 'shop',
  config: {
    services: { stock: { endpoints: [{ url: `http://127.0.0.1:${stock.address().port}` }], timeout: '10s' } },
  },
})

const app = Fastify()
await app.register(meshPlugin, { mesh })
app.get('/tea', async (_request, reply) => {
  try {
    const response = await mesh.fetch('http://stock/tea')
    return response.json()
  } catch (error) {
    const { code, status } = error.cause
    return reply.code(status).send({ code })
  }
})

const url = await app.listen({ port: 0, host: '127.0.0.1' })
const response = await fetch(`${url}/tea`, { headers: { 'x-envoy-expected-rq-timeout-ms': '200' } })
console.log(`shop: ${response.status} ${await response.text()}`)

await app.close()
await mesh.close()
stock.close()
