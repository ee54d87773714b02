/** The upstream behind `mesh.server()` with strict mutual TLS, in a process of its own: ten ports, as the bare one. */
import { Registry } from 'prom-client'
import { createAnswerer } from '../../answer.js'
import { answerParent } from '../../harness/remote-process.js'

const built = new URL('../../../../dist/index.js', import.meta.url)
const { answer, answered } = createAnswerer()

/**
 * @param {{ ports: number, tls: import('../../certificates.js').Credentials, batchReplies: boolean }} options
 * @returns {Promise<number[]>} the ports
 */
async function listen({ ports, tls, batchReplies }) {
  const { createMesh, staticIdentity } = await import(built.href)
  const mesh = createMesh({
    service: 'reviews',
    identity: staticIdentity(tls),
    metrics: new Registry(),
    batchReplies,
    config: { inbound: { mtls: 'strict' } },
  })
  await mesh.ready()
  // A contender that waits for its next round must find its connections alive.
  const options = { keepAliveTimeout: '10m' }
  const listening = Array.from({ length: ports }, () => mesh.server(answer, options).listen({ host: '127.0.0.1' }))
  return (await Promise.all(listening)).map(({ port }) => port)
}

answerParent({ listen, answered })
