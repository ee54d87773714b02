import type { ServiceRoute } from '../../config/service.js'
import { destinationsOf } from '../../routing/index.js'
import type { CompileContext } from '../context.js'
import type { ServiceDraft } from '../services.js'

/** A retry that left the endpoint that the hash chose would break what the hash is for, unless it was asked for. */
function stayingRetry(route: ServiceRoute, { policy }: ServiceDraft): Pick<ServiceRoute, 'retry'> {
  const retry = route.retry ?? policy.retry
  return retry === undefined || retry === false ? {} : { retry: { ...retry, avoidTried: retry.avoidTried ?? false } }
}

/**
 * Gives each route the hash policies of its destinations, all of them in order, as Istio does. To be called once the
 * balancers of all services are known, that is after the DestinationRules.
 */
export function resolveRouteHashes(context: CompileContext): void {
  const services = new Map(context.services.all().map((service) => [service.name, service]))
  for (const service of services.values())
    for (const [i, route] of service.routes.entries()) {
      if (route.redirect !== undefined || route.directResponse !== undefined) continue
      const destinations = destinationsOf(route.to, service.name)
      const hash = destinations.flatMap((one) => services.get(one.service)?.hashPolicies(one.subset) ?? [])
      if (hash.length === 0) continue
      const isSingle = destinations.length === 1 && destinations[0]?.weight === undefined
      service.routes[i] = { ...route, hash, ...(isSingle ? stayingRetry(route, service) : {}) }
    }
}
