import { type CompileContext, resourcesOf } from '../context.js'
import { type CompiledGatewayRoutes, GatewayRoutes } from './gateway-routes.js'
import { anyHost } from './hostname.js'
import { readHttpRoute } from './http-route.js'
import { ServiceRoutes } from './service-routes.js'

const unattached = { owner: undefined, grants: undefined, redirect: { scheme: undefined, port: undefined } }

/**
 * Compiles every HTTPRoute of the Gateway API. Rules that are attached to Services become routes of those; rules that are
 * attached to Gateways become services of their own, one for each hostname, and routes of the gateway that lead there.
 */
export function compileHttpRoutes(context: CompileContext): CompiledGatewayRoutes {
  const services = new ServiceRoutes(context)
  const gateways = new GatewayRoutes(context)
  for (const resource of resourcesOf(context, 'gateway.networking.k8s.io', 'HTTPRoute')) {
    const route = readHttpRoute(context, resource)
    if (route === undefined) continue
    // What nothing takes is judged all the same.
    route.compile(unattached, anyHost)
    for (const parent of route.parents) (parent.kind === 'Service' ? services : gateways).attach(route, parent)
  }
  services.finish()
  return gateways.finish()
}
