import { consumerStore } from '../auth/consumers.js'
import type { GatewayOptions, GatewayRouteOptions } from '../config/gateway.js'
import type { ClientCall } from '../core/call.js'
import { MeshError } from '../core/errors.js'
import { compose, type Handler } from '../core/interceptor.js'
import { kongBody } from '../core/kong-body.js'
import type { ServerCall } from '../core/server-call.js'
import { leading } from '../core/teller.js'
import { hostOf } from '../core/url.js'
import type { PolicyFactory } from '../server/policy-factory.js'
import { forwarder } from './forwarder.js'
import { routePlugins } from './plugins.js'
import { counterPlaces, routeName } from './route-name.js'
import { GatewayTable, type TableMatch } from './table.js'

/** What a gateway needs of the mesh around it. */
export interface GatewayDeps {
  readonly policies: PolicyFactory
  /** Sends a call to a service of the mesh. */
  readonly send: Handler<ClientCall>
}

/** A compiled gateway: the end of a server ring. */
export interface Gateway {
  readonly handle: Handler<ServerCall>
  /** The route that a request would take. */
  match(call: ServerCall): TableMatch<unknown> | undefined
}

/** Undefined when dots lead out of the mount: policies decided on a path that the mount does not have. */
function pathBelow({ mount, path: { path } }: ServerCall): string | undefined {
  const base = mount.endsWith('/') ? mount.slice(0, -1) : mount
  if (base === '') return path
  if (!path.startsWith(base)) return undefined
  const below = path.slice(base.length)
  if (below === '') return '/'
  return below.startsWith('/') ? below : undefined
}

function noRoute(call: ServerCall, kong: boolean): MeshError {
  const body = kong ? { body: kongBody('no Route matched with those values', call) } : {}
  return new MeshError('ERR_MESH_NO_ROUTE', 'no route takes this request', { detail: 'route_not_found', ...body })
}

/**
 * Compiles the gateway's routes: match, the route's plugins, then the forwarder. What no route takes is 404 `NR`, in
 * Kong's words where the routes came from a Kong manifest.
 */
export function createGateway(options: GatewayOptions, deps: GatewayDeps): Gateway {
  const consumers = consumerStore(options.consumers ?? [], 'gateway.consumers')
  const routes = options.routes ?? []
  const kong = routes.some((route) => route.dialect === 'kong')

  function chain(route: GatewayRouteOptions, place: string): Handler<ServerCall> {
    const target = {
      service: route.service,
      stripPath: route.stripPath ?? false,
      preserveHost: route.preserveHost ?? false,
    }
    return compose(
      routePlugins(route, place, deps.policies, consumers),
      forwarder(target, (call) => pathBelow(call) ?? '/', deps.send),
    )
  }

  const places = counterPlaces(routes)
  const table = new GatewayTable(
    routes.map((route, i) => ({ name: routeName(route), options: route, value: chain(route, places[i] ?? '') })),
  )
  const find = (call: ServerCall, path: string | undefined): TableMatch<Handler<ServerCall>> | undefined =>
    path === undefined ? undefined : table.match(call, hostOf(call.authority), path)

  return {
    handle: leading(function gateway(call: ServerCall) {
      const path = pathBelow(call)
      const found = find(call, path)
      if (path === undefined || found === undefined) throw noRoute(call, kong)
      call.route = found.route.name
      call.service = found.route.options.service
      call.taken = found.taken
      return found.route.value
    }),
    match: (call) => find(call, pathBelow(call)),
  }
}
