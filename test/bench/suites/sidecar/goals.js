/** What the whole mesh may cost over a bare call with mutual TLS. */
import { whole, wholeAtOnce } from './contenders.js'
import { saturation } from './loads.js'

/**
 * @typedef {object} Goal
 * @property {string} contender
 * @property {string} load
 * @property {'cpu' | 'addedP50Micros'} figure total CPU against the reference's, or p50 beyond it
 * @property {number} atMost
 * @property {string} says
 */

/** @type {readonly Goal[]} */
export const goals = [whole, wholeAtOnce].flatMap((contender) => [
  { contender, load: saturation, figure: 'cpu', atMost: 1, says: 'total CPU of both sides, as a share of direct mTLS' },
  { contender, load: '200 calls/s', figure: 'addedP50Micros', atMost: 50, says: 'p50 over direct mTLS, µs' },
  { contender, load: '1,000 calls/s', figure: 'addedP50Micros', atMost: 50, says: 'p50 over direct mTLS, µs' },
])
