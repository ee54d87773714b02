/** One instance of a service, as it is deployed: it drains on SIGTERM and leaves. */
import { createMesh } from 'sidecarless'

const mesh = createMesh({ service: 'instance' })
const server = mesh.server((request, response) => {
  request.resume()
  setTimeout(() => response.end('ok'), 20)
})
const { port } = await server.listen({ port: Number(process.env.PORT ?? 0), host: '127.0.0.1' })
process.once('SIGTERM', async () => {
  await mesh.close()
  process.exit(0)
})
process.send?.({ port })
