/**
 * A config of many services, each with as many routes and endpoints.
 * @param {number} round makes all services differ from those of another round
 * @param {{ services: number, each: number }} size
 */
export function bigConfig(round, { services: count, each }) {
  /** @type {Record<string, object>} */
  const services = {}
  for (let s = 0; s < count; s++)
    services[`s${s}`] = {
      hosts: [`s${s}.shop`, `s${s}.shop.svc`, `s${s}.shop.svc.cluster.local`],
      endpoints: Array.from({ length: each }, (_, i) => ({
        url: `http://10.${s >> 8}.${s & 255}.${i}:8080`,
        labels: { version: `v${i % 2}` },
        weight: 1 + ((i + round) % 3),
      })),
      subsets: { v0: { version: 'v0' }, v1: { version: 'v1' } },
      timeout: '2s',
      retry: { attempts: 2, on: ['5xx', 'connect-failure'] },
      outlierDetection: { consecutive5xxErrors: 5 },
      routes: Array.from({ length: each }, (_, i) => ({
        name: `r${i}`,
        match: [{ path: { prefix: `/${i}` }, headers: { 'x-canary': 'true' } }],
        to: { v0: 50 + round, v1: 50 - round },
      })),
    }
  return { services }
}
