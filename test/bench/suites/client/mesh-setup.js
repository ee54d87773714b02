/** The meshes under test, from the built package: nothing configured, and every client policy at once. */
import { Registry } from 'prom-client'

const built = new URL('../../../../dist/index.js', import.meta.url)

/**
 * One endpoint and no policy.
 * @param {import('./target.js').Target} target
 */
export function openBareMesh({ origin, tls }) {
  return openMesh(tls, {
    endpoints: [{ url: origin }],
    ...(tls === null ? {} : { tls: 'mutual' }),
  })
}

/**
 * Route match, 90/10 split, least-request of ten endpoints, retry with budget, breaker, ejection, limits,
 * deadline, attempt timeout, metrics, trace propagation.
 * @param {import('./target.js').Target} target
 */
export function openFullMesh({ origins, tls }) {
  return openMesh(tls, {
    endpoints: origins.map((url, index) => ({ url, labels: { version: index < 8 ? 'v1' : 'v2' } })),
    subsets: { v1: { version: 'v1' }, v2: { version: 'v2' } },
    ...(tls === null ? {} : { tls: 'mutual' }),
    loadBalancer: 'least-request',
    timeout: '15s',
    retry: { attempts: 2, perTryTimeout: '10s', on: ['5xx', 'connect-failure'] },
    circuitBreaker: { errorThresholdPercentage: 50, volumeThreshold: 20, resetTimeout: '10s' },
    outlierDetection: { consecutive5xxErrors: 5, interval: '10s', baseEjectionTime: '30s' },
    limits: { maxConnections: 1_024, maxPendingRequests: 1_024, maxRequests: 1_024, maxRetries: 3 },
    routes: [{ match: [{ headers: { 'x-canary': 'true' } }], to: 'v2' }, { to: { v1: 90, v2: 10 } }],
  })
}

/**
 * @param {import('../../certificates.js').Credentials | null} tls
 * @param {object} reviews
 */
async function openMesh(tls, reviews) {
  const { createMesh, staticIdentity } = await import(built.href)
  const mesh = createMesh({
    service: 'bench',
    ...(tls === null ? {} : { identity: staticIdentity(tls) }),
    metrics: new Registry(),
    config: { services: { reviews } },
  })
  await mesh.ready()
  return mesh
}
