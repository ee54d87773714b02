/**
 * The upstream, in a process of its own: the same listener on ten ports, plain or with mutual TLS.
 * It counts every request that reached it, so that no reply can come from anywhere else.
 */
import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createAnswerer } from './answer.js'
import { answerParent } from './harness/remote-process.js'

/** @typedef {import('./certificates.js').Credentials} Credentials */

const { answer, answered } = createAnswerer()

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

answerParent({ listen, answered })
