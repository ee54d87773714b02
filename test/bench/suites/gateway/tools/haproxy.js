/** HAProxy as a plain reverse proxy: one thread, connections kept on both sides. */

/**
 * @param {import('../gateways.js').Placement} placement
 */
export function setup({ port, upstreamPort }) {
  return {
    args: (/** @type {string} */ file) => ['-db', '-f', file],
    config: `
global
  nbthread 1
  maxconn 1024
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
  option forwardfor
frontend edge
  bind 127.0.0.1:${port}
  http-request set-header X-Forwarded-Proto http
  default_backend orders
backend orders
  server one 127.0.0.1:${upstreamPort}
`,
  }
}
