/** Who takes part. Names are stable: the JSON, the goals and `--filter` use them. */

import { tools } from '../../harness/tools.js'

/**
 * @typedef {object} Placement
 * @property {number} port where the gateway listens; a Node gateway chooses one itself
 * @property {number} upstreamPort
 * @property {boolean} policies whether it checks tokens, limits and counts
 */

/**
 * @typedef {object} Gateway
 * @property {string} name
 * @property {import('../../harness/tool-process.js').Tool | null} tool null for a Node process
 * @property {string} module
 * @property {boolean} policies
 */

/** No gateway: the least that forwarding costs with what Node has. */
export const floor = 'node:http and dispatch, nothing else'

/** @type {readonly Gateway[]} */
export const gateways = [
  { name: 'nginx', tool: tools.nginx, module: 'nginx', policies: false },
  { name: 'HAProxy', tool: tools.haproxy, module: 'haproxy', policies: false },
  { name: 'Envoy', tool: tools.envoy, module: 'envoy', policies: false },
  { name: 'Envoy, policies', tool: tools.envoy, module: 'envoy', policies: true },
  { name: '@fastify/http-proxy', tool: null, module: 'fastify-http-proxy', policies: false },
  { name: '@fastify/http-proxy, policies', tool: null, module: 'fastify-http-proxy', policies: true },
  { name: 'http-proxy-middleware', tool: null, module: 'http-proxy-middleware', policies: false },
  { name: 'http-proxy-middleware, policies', tool: null, module: 'http-proxy-middleware', policies: true },
  { name: floor, tool: null, module: 'undici-dispatch', policies: false },
  { name: 'mesh.gateway', tool: null, module: 'mesh-gateway', policies: false },
  { name: 'mesh.gateway, policies', tool: null, module: 'mesh-gateway', policies: true },
  { name: 'mesh.server, policies', tool: null, module: 'mesh-server', policies: true },
]

/** What the others are compared with: by CPU and p99 with the first, by requests a second with the second. */
export const references = { cpu: 'Envoy, policies', rate: '@fastify/http-proxy, policies' }

/**
 * @param {Gateway} gateway
 * @returns {string} the module's URL
 */
export function moduleOf({ tool, module }) {
  return new URL(`./${tool === null ? 'contenders' : 'tools'}/${module}.js`, import.meta.url).href
}
