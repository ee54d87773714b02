/** The ratios of requests a second that the library is accepted by, with HS256 tokens. */
import { oursAtOnceOf, oursOf, peersOf, preparedPeersOf } from './contenders.js'

/**
 * @typedef {object} Goal
 * @property {string} contender
 * @property {string} reference
 * @property {number} atLeast
 */

/** @type {readonly Goal[]} */
export const goals = [
  { contender: oursOf('Fastify'), reference: 'Fastify', atLeast: 0.85 },
  { contender: oursAtOnceOf('Fastify'), reference: 'Fastify', atLeast: 0.85 },
  { contender: oursOf('Fastify'), reference: peersOf('Fastify'), atLeast: 1.8 },
  { contender: oursOf('Express'), reference: 'Express', atLeast: 0.92 },
  { contender: oursAtOnceOf('Express'), reference: 'Express', atLeast: 0.92 },
  { contender: oursOf('Express'), reference: peersOf('Express'), atLeast: 3 },
  { contender: oursOf('Express'), reference: preparedPeersOf('Express'), atLeast: 3 },
]
