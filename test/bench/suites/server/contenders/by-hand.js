/**
 * The least that the same policies cost in a framework: two hooks for this one application. Tokens that were verified before, a
 * counter by address with its two headers, one histogram: no authorization, no care for headers or paths, no bounds. Not to be
 * used, but what is left above it is the price of all that.
 */
import { createHmac } from 'node:crypto'
import { Histogram, Registry } from 'prom-client'
import { limit } from '../mesh-setup.js'
import { audience, issuer } from '../tokens.js'

const PER_SECONDS = 60
const labels = ['method', 'route', 'status']

/** @param {import('../tokens.js').Verifier} verifier */
export function policiesByHand({ alg, key }) {
  if (alg !== 'HS256') throw new RangeError('written by hand for HS256')
  const seconds = new Histogram({
    name: 'seconds',
    help: 'of requests',
    labelNames: labels,
    registers: [new Registry()],
  })
  /** @type {Map<string, any>} */
  const verified = new Map()
  /** @type {Map<string, { count: number, end: number }>} */
  const counters = new Map()

  /** @param {string} token */
  function verify(token) {
    const [header, payload, signature] = token.split('.')
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString())
    const proven = createHmac('sha256', key).update(`${header}.${payload}`).digest('base64url') === signature
    if (!proven || claims.iss !== issuer || claims.aud !== audience) throw new Error('not a token of ours')
    verified.set(token, claims)
    return claims
  }

  /** @param {string} address */
  function count(address) {
    const now = Date.now()
    let counter = counters.get(address)
    if (counter === undefined || now >= counter.end) {
      counter = { count: 0, end: now + PER_SECONDS * 1_000 }
      counters.set(address, counter)
    }
    if (++counter.count > limit) throw new Error('too many requests')
    return { left: limit - counter.count, seconds: Math.ceil((counter.end - now) / 1_000) }
  }

  return {
    /**
     * Before the handler.
     * @param {import('node:http').IncomingHttpHeaders} headers
     * @param {string} address
     * @returns {[name: string, value: string][]} headers for the answer
     */
    admit(headers, address) {
      const token = headers.authorization?.slice('Bearer '.length) ?? ''
      const claims = verified.get(token) ?? verify(token)
      if (claims.exp * 1_000 < Date.now()) throw new Error('expired')
      const { left, seconds: reset } = count(address)
      return [
        ['RateLimit-Policy', `"per-client";q=${limit};w=${PER_SECONDS}`],
        ['RateLimit', `"per-client";r=${left};t=${reset}`],
      ]
    },
    /**
     * After the answer.
     * @param {string} method
     * @param {string} route
     * @param {number} status
     * @param {number} elapsedMs
     */
    observe(method, route, status, elapsedMs) {
      seconds.observe({ method, route, status }, elapsedMs / 1_000)
    },
  }
}
