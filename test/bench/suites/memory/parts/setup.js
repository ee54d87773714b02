/** A mesh with every policy of a client on each of its services. */
import { createMesh } from 'sidecarless'

/** Limits wide enough for what is measured here. */
const wide = 100_000

/**
 * @param {readonly string[]} urls of the endpoints
 * @param {readonly object[]} [routes]
 */
export function fullService(urls, routes = [{ to: { v1: 90, v2: 10 } }]) {
  return {
    endpoints: urls.map((url, index) => ({ url, labels: { version: index % 2 === 0 ? 'v1' : 'v2' } })),
    subsets: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    loadBalancer: 'least-request',
    timeout: '5m',
    retry: { attempts: 2, perTryTimeout: '4m', on: ['5xx', 'connect-failure'] },
    circuitBreaker: { errorThresholdPercentage: 50, volumeThreshold: 20, resetTimeout: '10s' },
    outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
    limits: { maxConnections: wide, maxPendingRequests: wide, maxRequests: wide, maxRetries: 3 },
    routes,
  }
}

/** @param {Record<string, object>} services */
export async function openMesh(services) {
  const mesh = createMesh({ service: 'bench', config: { services } })
  await mesh.ready()
  return mesh
}
