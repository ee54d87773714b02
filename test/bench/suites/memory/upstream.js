/** An upstream that keeps back what it is asked to: whole replies, or the end of their bodies. */
import { createServer } from 'node:http'
import { answerParent } from '../../harness/remote-process.js'

const body = '0123456789'
/** @type {Set<import('node:http').ServerResponse>} */
const held = new Set()

/** @type {import('node:http').RequestListener} */
function answer(request, response) {
  response.setHeader('content-length', body.length)
  if (request.url === '/now') {
    response.end(body)
    return
  }
  if (request.url === '/body') response.write(body.slice(0, 1))
  held.add(response)
}

/**
 * @param {{ ports: number }} options
 * @returns {Promise<string[]>} the origins
 */
function listen({ ports }) {
  return Promise.all(Array.from({ length: ports }, listenOnce))
}

/** @returns {Promise<string>} */
function listenOnce() {
  const server = createServer({ keepAliveTimeout: 600_000, requestTimeout: 0, headersTimeout: 0 }, answer)
  return new Promise((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 }, () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`)
    })
  })
}

function release() {
  for (const response of held) response.end(response.headersSent ? body.slice(1) : body)
  held.clear()
}

answerParent({ listen, held: () => held.size, release })
