import type { MeshConfig } from '../config/config.js'
import type { CompileContext } from './context.js'
import { compileHttpRoutes } from './gateway-api/compile.js'
import { compileIngresses } from './ingress/ingress.js'
import { compileDestinationRules } from './istio/apply-destination-rules.js'
import { resolveRouteHashes } from './istio/route-hash.js'
import { compileServiceEntries } from './istio/service-entry.js'
import { resolveSubsets } from './istio/subsets.js'
import { compileVirtualServices } from './istio/virtual-service.js'
import { checkConsumers } from './kong/check-consumers.js'
import { compileConsumers } from './kong/consumer.js'
import { compilePlugins } from './kong/plugin.js'
import { PluginAttacher } from './kong/route-plugins.js'
import { compileEndpointSlices } from './kubernetes/endpoint-slice.js'
import { compileServices } from './kubernetes/service.js'
import type { ServiceDraft } from './services.js'

/** Whether no call ever reaches the service's own endpoints: its routes answer, or lead to other services. */
function leadsElsewhere({ routes }: ServiceDraft): boolean {
  return (
    routes.length > 0 &&
    routes.every(
      ({ to, redirect, directResponse }) =>
        redirect !== undefined ||
        directResponse !== undefined ||
        (Array.isArray(to) && to.every(({ service, status }) => service !== undefined || status !== undefined)),
    )
  )
}

function checkEndpoints(context: CompileContext): void {
  for (const host of context.services.hosts()) {
    const services = host.drafts()
    const lost = services.filter(
      (one) => one.endpoints.length === 0 && one.policy.discovery === undefined && !leadsElsewhere(one),
    )
    const [first] = lost
    if (first === undefined) continue
    const name = lost.length === services.length ? host.host.service : lost.map((one) => one.name).join('", "')
    const message = `No endpoints are given for "${name}": without any its calls are answered 503 UH.`
    context.report.warn(host.at, 'no-endpoints', message)
  }
}

function compileGateway(context: CompileContext): NonNullable<MeshConfig['gateway']> {
  const attacher = new PluginAttacher(context, compilePlugins(context))
  const consumers = compileConsumers(context)
  const routes = compileIngresses(context, attacher)
  attacher.reportUnused()
  checkConsumers(context, attacher.used, consumers)
  return {
    ...(routes.length === 0 ? {} : { routes }),
    ...(consumers.length === 0 ? {} : { consumers }),
  }
}

/**
 * Compiles resources of every dialect into one native config: services first, since the others refer to them. HTTPRoutes
 * come last: a VirtualService goes before them, and they ask the balancers what to hash.
 */
export function compileResources(context: CompileContext): MeshConfig {
  compileServices(context)
  compileEndpointSlices(context)
  compileServiceEntries(context)
  const ingress = compileGateway(context)
  const uses = compileVirtualServices(context)
  context.services.useRest()
  compileDestinationRules(context)
  resolveSubsets(context, uses)
  resolveRouteHashes(context)
  const http = compileHttpRoutes(context)
  const routes = [...(ingress.routes ?? []), ...http.routes]
  const gateway = { ...ingress, ...(routes.length === 0 ? {} : { routes }) }
  checkEndpoints(context)
  return {
    services: {
      ...Object.fromEntries(context.services.all().map((service) => [service.name, service.config()])),
      ...http.services,
    },
    ...(Object.keys(gateway).length === 0 ? {} : { gateway }),
  }
}
