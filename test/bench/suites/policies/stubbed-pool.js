/**
 * undici's pools without sockets: every dispatch is answered in the next turn of the event loop, with the same small
 * reply. What remains is what our code costs, from the call object to the body.
 */
import { Pool } from 'undici'

const payload = Buffer.from(JSON.stringify({ review: 'x'.repeat(480) }))
const headers = [
  'content-type',
  'application/json',
  'content-length',
  String(payload.length),
  'date',
  'Thu, 01 Jan 1970 00:00:00 GMT',
].map((text) => Buffer.from(text))

function nothing() {}

/** Puts the stub in place, for as long as the process lives. */
export function stubPools() {
  /** @type {any[]} */
  let waiting = []

  function answer() {
    const handlers = waiting
    waiting = []
    for (const handler of handlers) {
      handler.onHeaders(200, headers, nothing, 'OK')
      handler.onData(payload)
      handler.onComplete(null)
    }
  }

  Pool.prototype.dispatch = function dispatch(_options, handler) {
    handler.onConnect(nothing)
    if (waiting.push(handler) === 1) setImmediate(answer)
    return true
  }
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
