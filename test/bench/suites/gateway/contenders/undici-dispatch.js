/**
 * The least that forwarding costs in Node: node:http on one side, undici's dispatch on the other, raw headers end to end, one
 * write for a body that has arrived whole. No policy, no routes, no retries, no care for errors: not a gateway, but its floor.
 */
import { once } from 'node:events'
import http from 'node:http'
import { Pool } from 'undici'

class Forwarded {
  #status = 0
  /** @type {string[]} */
  #headers = []
  /** @type {Buffer[]} */
  #chunks = []
  #response

  /** @param {http.ServerResponse} response */
  constructor(response) {
    this.#response = response
  }

  onConnect() {}

  /**
   * @param {number} status
   * @param {Buffer[]} headers
   */
  onHeaders(status, headers) {
    this.#status = status
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i].latin1Slice()
      if (name !== 'connection' && name !== 'keep-alive') this.#headers.push(name, headers[i + 1].latin1Slice())
    }
    return true
  }

  /** @param {Buffer} chunk */
  onData(chunk) {
    this.#chunks.push(chunk)
    return true
  }

  onComplete() {
    const [first] = this.#chunks
    this.#response.writeHead(this.#status, this.#headers)
    this.#response.end(this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks))
  }

  /** @param {Error} error */
  onError(error) {
    this.#response.destroy(error)
  }
}

/** @param {string[]} raw */
function upstreamHeaders(raw) {
  const headers = []
  for (let i = 0; i < raw.length; i += 2) if (raw[i].toLowerCase() !== 'connection') headers.push(raw[i], raw[i + 1])
  return headers
}

/** @param {import('../gateways.js').Placement} placement */
export async function open({ upstreamPort }) {
  const pool = new Pool(`http://127.0.0.1:${upstreamPort}`)
  const server = http.createServer({ keepAliveTimeout: 600_000 }, ({ method, url, rawHeaders }, response) => {
    pool.dispatch(
      { path: url ?? '/', method: method ?? 'GET', headers: upstreamHeaders(rawHeaders) },
      new Forwarded(response),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
