import type { MeshConfig } from '../config/config.js'
import type { CompileContext } from './context.js'
import { compileIngresses } from './ingress/ingress.js'
import { compileDestinationRules } from './istio/destination-rule.js'
import { resolveSubsets } from './istio/subsets.js'
import { compileVirtualServices } from './istio/virtual-service.js'
import { checkConsumers } from './kong/check-consumers.js'
import { compileConsumers } from './kong/consumer.js'
import { compilePlugins } from './kong/plugin.js'
import { PluginAttacher } from './kong/route-plugins.js'
import { compileServices } from './kubernetes/service.js'
import type { ServiceDraft } from './services.js'

/** Whether every route of a service leads to other services: its own endpoints are never asked for. */
function leadsElsewhere({ routes }: ServiceDraft): boolean {
  return (
    routes.length > 0 &&
    routes.every(({ to }) => Array.isArray(to) && to.every((destination) => destination.service !== undefined))
  )
}

function checkEndpoints(context: CompileContext): void {
  for (const service of context.services.all()) {
    if (service.endpoints.length > 0 || leadsElsewhere(service)) continue
    const message = `No endpoints are given for "${service.name}": without any its calls are answered 503 UH.`
    context.report.warn(service.at, 'no-endpoints', message)
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

/** Compiles resources of every dialect into one native config: Services first, since the others refer to them. */
export function compileResources(context: CompileContext): MeshConfig {
  compileServices(context)
  const gateway = compileGateway(context)
  const uses = compileVirtualServices(context)
  compileDestinationRules(context)
  resolveSubsets(context, uses)
  context.services.useRest()
  checkEndpoints(context)
  return {
    services: Object.fromEntries([...context.services.all()].map((service) => [service.name, service.config()])),
    ...(Object.keys(gateway).length === 0 ? {} : { gateway }),
  }
}
