/**
 * undici's connections without their wire: the first request over each really goes to an upstream in this process, every
 * other is answered in the next turn of the event loop, with the same small reply. What remains is what our code costs,
 * from the call object to the body.
 */
import { createServer } from 'node:http'
import { Client } from 'undici'

const payload = Buffer.from(JSON.stringify({ review: 'x'.repeat(480) }))
const headers = {
  'content-type': 'application/json',
  'content-length': String(payload.length),
  date: 'Thu, 01 Jan 1970 00:00:00 GMT',
}
const rawHeaders = Object.entries(headers)
  .flat()
  .map((text) => Buffer.from(text))

function nothing() {}

/** Puts the stub in place, for as long as the process lives. */
function stillConnections() {
  const { dispatch } = Client.prototype
  const connected = new WeakSet()
  /** @type {any[]} */
  let waiting = []

  function answer() {
    const handlers = waiting
    waiting = []
    for (const handler of handlers) {
      handler.onHeaders(200, rawHeaders, nothing, 'OK')
      handler.onData(payload)
      handler.onComplete(null)
    }
  }

  Client.prototype.dispatch = function dispatchStill(options, handler) {
    if (!connected.has(this)) {
      connected.add(this)
      return dispatch.call(this, options, handler)
    }
    handler.onConnect(nothing)
    if (waiting.push(handler) === 1) setImmediate(answer)
    return true
  }
}

/** @returns {Promise<string>} the origin of an upstream whose connections stay open, as long as the process lives */
function listen() {
  const server = createServer({ keepAliveTimeout: 600_000 }, (_request, response) => {
    response.writeHead(200, headers).end(payload)
  }).unref()
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`)
    })
  })
}

/**
 * @param {number} count
 * @returns {Promise<string[]>} origins of upstreams behind such connections
 */
export function openStillUpstreams(count) {
  stillConnections()
  return Promise.all(Array.from({ length: count }, listen))
}

/**
 * @param {number} status
 * @param {any} body
 */
export function isRight(status, body) {
  return status === 200 && body.review.length === 480
}

/** Sent by every contender. */
export const request = {
  url: 'http://reviews/api/reviews/7',
  headers: { accept: 'application/json', 'x-tenant': 'acme' },
}
