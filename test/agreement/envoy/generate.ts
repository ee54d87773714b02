import type { EndpointOptions, HashPolicy, MeshConfig, ServiceConfig, ServiceRoute } from '../../../src/index.js'
import { destinationsOf } from '../../../src/routing/index.js'
import type { Draw } from './draw.js'
import { randomRoute } from './generate-route.js'

const hashes: readonly HashPolicy[] = [
  { header: 'x-user' },
  { header: 'x-tier' },
  { query: 'debug' },
  { cookie: 'user' },
  { header: 'x-user', terminal: true },
  { header: 'x-user', rewrite: { pattern: '[a-m]+', substitution: 'x' } },
]

function loadBalancer(draw: Draw): ServiceConfig['loadBalancer'] {
  const type = draw.one(['ring-hash', 'maglev', 'least-request', 'round-robin', 'random'] as const)
  if (type === 'ring-hash') return { type, minimumRingSize: draw.one([64, 1024]), hash: hashPolicies(draw) }
  if (type === 'maglev') return { type, tableSize: draw.one([251, 65_537]), hash: hashPolicies(draw) }
  return type
}

function hashPolicies(draw: Draw): HashPolicy[] {
  const chosen = draw.some(hashes, 0.4)
  return chosen.length === 0 ? [{ header: 'x-user' }] : chosen
}

function service(
  draw: Draw,
  names: readonly string[],
  name: string,
  endpoints: readonly string[],
  sidecar: boolean,
): ServiceConfig {
  const own: EndpointOptions[] = endpoints.map((url) => ({
    url,
    labels: { version: draw.one(['v1', 'v2', 'v3']) },
    ...(draw.chance(0.2) ? { weight: 1 + draw.int(4) } : {}),
  }))
  const routes: ServiceRoute[] = []
  for (let i = draw.int(6); i >= 0; i--) {
    const route = randomRoute(draw, names, `${name}-${routes.length}`)
    // Envoy hashes by route: where destinations have policies of their own, one list is set for all of them.
    const services = new Set(destinationsOf(route.to, name).map((one) => one.service))
    routes.push(services.size === 1 && services.has(name) ? route : { ...route, hash: hashPolicies(draw) })
  }
  if (draw.chance(0.6)) routes.push({ name: `${name}-rest` })
  return {
    endpoints: own,
    subsets: { v1: { version: 'v1' }, v2: { version: 'v2' }, v3: { version: 'v3' }, none: { version: 'v9' } },
    loadBalancer: loadBalancer(draw),
    hosts: [`${name}.alias`, ...(draw.chance(0.5) ? [`*.${name}.wild`] : [])],
    ...(sidecar ? { envoyHeaders: true } : {}),
    routes,
  }
}

/** A native config of up to three services that route to themselves and to each other. Names hold `tag`, so that many configs fit into one Envoy. */
export function randomConfig(draw: Draw, tag: string, endpoints: () => readonly string[]): MeshConfig {
  const names = ['alpha', 'beta', 'gamma'].slice(0, 1 + draw.int(3)).map((name) => `${name}-${tag}`)
  const sidecar = draw.chance(0.5)
  return {
    services: Object.fromEntries(names.map((name) => [name, service(draw, names, name, endpoints(), sidecar)])),
  }
}

/** Whether the services of a config behave as behind a sidecar, which normalises paths. */
export function isSidecar(config: MeshConfig): boolean {
  return Object.values(config.services ?? {}).some(({ envoyHeaders }) => envoyHeaders === true)
}
