/** The ratios that the gateway is accepted by, in one interleaved run. */
import { references } from './gateways.js'

/**
 * @typedef {object} Goal
 * @property {string} gateway
 * @property {string} reference
 * @property {'cpu' | 'p99' | 'rate'} figure
 * @property {'at most' | 'at least'} bound
 * @property {number} ratio
 * @property {string} says
 */

const ours = 'mesh.gateway, policies'

/** @type {readonly Goal[]} */
export const goals = [
  {
    gateway: ours,
    reference: references.cpu,
    figure: 'cpu',
    bound: 'at most',
    ratio: 0.9,
    says: 'proxy CPU a request against Envoy with jwt_authn and local_ratelimit',
  },
  {
    gateway: ours,
    reference: references.cpu,
    figure: 'p99',
    bound: 'at most',
    ratio: 1.25,
    says: 'p99 against the same Envoy',
  },
  {
    gateway: ours,
    reference: references.rate,
    figure: 'rate',
    bound: 'at least',
    ratio: 2.5,
    says: 'requests a second against @fastify/http-proxy with the same policies',
  },
]
