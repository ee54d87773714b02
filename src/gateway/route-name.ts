import type { GatewayRouteOptions } from '../config/gateway.js'

/** What a route is called in logs, metrics and explanations. */
export function routeName(route: GatewayRouteOptions): string {
  const [path] = route.paths ?? []
  const shown = path === undefined ? '/' : typeof path === 'string' ? path : Object.values(path).join('')
  return route.name ?? `${route.hosts?.[0] ?? '*'}${shown}`
}

function conditionalName(route: GatewayRouteOptions): string {
  const { methods, schemes, ports, headers } = route
  const conditions = JSON.stringify({ methods, schemes, ports, headers })
  return conditions === '{}' ? routeName(route) : `${routeName(route)} ${conditions}`
}

/**
 * Where the counters of each route are kept, in the order of the routes: under its name. One that was given none has
 * counters of its own, whatever others take the same host and path, and the same ones after a restart.
 */
export function counterPlaces(routes: readonly GatewayRouteOptions[]): readonly string[] {
  const places = routes.map((route) => route.name ?? conditionalName(route))
  const once = new Set<string>()
  const again = new Set<string>()
  for (const place of places) (once.has(place) ? again : once).add(place)
  return routes.map(({ name, hosts, paths }, i) => {
    const place = places[i] ?? ''
    return name === undefined && again.has(place) ? `${place} ${JSON.stringify({ hosts, paths })}` : place
  })
}
