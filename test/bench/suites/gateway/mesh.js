/** The mesh under test, from the built package: one route to one service, with or without plugins. */
import { audience, issuer, secret } from './tokens.js'

const built = new URL('../../../../dist/index.js', import.meta.url)

const plugins = [
  { name: 'jwt', config: { issuer, audiences: [audience], keys: [{ alg: 'HS256', secret }] } },
  { name: 'rate-limiting', config: { limit: 1_000_000_000, per: '1h' } },
]

/** @param {Pick<import('./gateways.js').Placement, 'upstreamPort' | 'policies'>} placement */
export async function openMesh({ upstreamPort, policies }) {
  const { createMesh } = await import(built.href)
  const mesh = createMesh({
    service: 'edge',
    config: {
      services: { orders: { endpoints: [{ url: `http://127.0.0.1:${upstreamPort}` }] } },
      gateway: { routes: [{ name: 'orders', paths: ['/'], service: 'orders', ...(policies ? { plugins } : {}) }] },
    },
  })
  await mesh.ready()
  return mesh
}
