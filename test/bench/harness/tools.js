/** The foreign programs that take part where they are installed. */

/** @type {Record<'nginx' | 'haproxy' | 'envoy', import('./tool-process.js').Tool & { name: string }>} */
export const tools = {
  nginx: { name: 'nginx', program: 'nginx', versionFlag: '-v', version: /nginx\/(\d+\.\d+\.\d+)/ },
  haproxy: { name: 'HAProxy', program: 'haproxy', versionFlag: '-v', version: /version (\d+\.\d+\.\d+)/ },
  envoy: {
    name: 'Envoy',
    variable: 'ENVOY',
    program: 'envoy',
    versionFlag: '--version',
    version: /\/(\d+\.\d+\.\d+)\//,
  },
}
