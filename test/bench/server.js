/**
 * The upstream, in a process of its own: the same listener on ten ports, plain or with mutual TLS.
 * It counts every request that reached it, so that no reply can come from anywhere else.
 */
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { answerParent } from './harness/remote-process.js'
import { payloads } from './payloads.js'

/** @typedef {import('./certificates.js').Credentials} Credentials */

let answered = 0

const replies = new Map(
  payloads.map(({ path, read, body }) => {
    const type = read === 'json' ? 'application/json' : 'application/octet-stream'
    return [path, { headers: { 'content-type': type, 'content-length': String(body.length) }, body }]
  }),
)

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
function answer(request, response) {
  const reply = replies.get(request.url ?? '')
  if (reply === undefined || request.method !== 'GET') {
    response.writeHead(404).end()
    return
  }
  answered += 1
  response.writeHead(200, reply.headers).end(reply.body)
}

/**
 * @param {{ ports: number, tls: Credentials | null }} options
 * @returns {Promise<number[]>} the ports
 */
function listen({ ports, tls }) {
  return Promise.all(Array.from({ length: ports }, () => listenOnce(tls)))
}

/**
 * @param {Credentials | null} tls
 * @returns {Promise<number>}
 */
function listenOnce(tls) {
  // A contender that waits for its next round must find its connections alive.
  const options = { keepAliveTimeout: 600_000, requestTimeout: 0, headersTimeout: 0 }
  const server =
    tls === null
      ? createHttpServer(options, answer)
      : createHttpsServer({ ...options, ...tls, requestCert: true, rejectUnauthorized: true }, answer)
  return new Promise((resolve) => {
    server.listen({ port: 0, host: '127.0.0.1', backlog: 2_048 }, () => {
      const address = server.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
}

answerParent({ listen, answered: () => answered })
