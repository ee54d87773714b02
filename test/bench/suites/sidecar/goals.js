/** What the whole mesh may cost over a bare call with mutual TLS. */
import { saturation } from './loads.js'

/**
 * @typedef {object} Goal
 * @property {string} load
 * @property {'cpu' | 'addedP50Micros'} figure total CPU against the reference's, or p50 beyond it
 * @property {number} atMost
 * @property {string} says
 */

/** @type {readonly Goal[]} */
export const goals = [
  { load: saturation, figure: 'cpu', atMost: 1, says: 'total CPU of both sides, as a share of direct mTLS' },
  { load: '200 calls/s', figure: 'addedP50Micros', atMost: 50, says: 'p50 over direct mTLS, µs' },
  { load: '1,000 calls/s', figure: 'addedP50Micros', atMost: 50, says: 'p50 over direct mTLS, µs' },
]
