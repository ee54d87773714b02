/** One tier of three: asks the next one with retries of its own, and answers as that does. */
import { createServer } from 'node:http'
import { createMesh } from 'sidecarless'
import { answerParent } from '../../harness/remote-process.js'
import { naiveStack } from './naive.js'

/** @param {{ stack: 'mesh' | 'naive', next: string }} options */
async function start({ stack, next }) {
  if (stack === 'naive') {
    const call = naiveStack({ timeoutMs: 1_000, retries: 3 })
    const server = createServer((_request, response) => {
      call(next).then(
        (status) => response.writeHead(status).end(),
        () => response.writeHead(503).end(),
      )
    })
    await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
    const address = server.address()
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
  }
  const retry = { attempts: 3, on: /** @type {const} */ (['5xx']) }
  const mesh = createMesh({ service: 'tier', config: { services: { next: { endpoints: [{ url: next }], retry } } } })
  const server = mesh.server(async (_request, response) => {
    const reply = await mesh.request({ service: 'next', path: '/' })
    await reply.body.dump()
    response.writeHead(reply.status).end()
  })
  const { port } = await server.listen({ host: '127.0.0.1' })
  return `http://127.0.0.1:${port}`
}

answerParent({ start })
