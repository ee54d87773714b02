/** The overloaded server: a handler that waits 20 ms behind a concurrency limit, in a process of its own. */
import { setTimeout as sleep } from 'node:timers/promises'
import { createMesh } from 'sidecarless'
import { answerParent } from '../../harness/remote-process.js'

/** From the ring's entry to the refusal, ms. @type {number[]} */
let shedMs = []

/** @param {{ limit: number }} options */
async function start({ limit }) {
  const mesh = createMesh({
    service: 'overloaded',
    config: { inbound: { concurrency: { limit, queue: { size: limit } } } },
    interceptors: [{ stage: 'overload', place: 'before', intercept: timed }],
  })
  const server = mesh.server(async (_request, response) => {
    await sleep(20)
    response.end('ok')
  })
  const { port } = await server.listen({ port: 0, host: '127.0.0.1' })
  return port
}

/**
 * @param {import('sidecarless').ServerCall} call
 * @param {import('sidecarless').Handler<import('sidecarless').ServerCall>} next
 */
async function timed(call, next) {
  const since = performance.now()
  try {
    return await next(call)
  } catch (error) {
    shedMs.push(performance.now() - since)
    throw error
  }
}

function takeShed() {
  const taken = shedMs
  shedMs = []
  return taken
}

answerParent({ start, takeShed })
