import type { Report } from '../core/schema/index.js'
import { hostOf } from '../core/url.js'
import { destinationsOf } from '../routing/index.js'
import type { GatewayOptions } from './gateway.js'
import type { ServiceConfig } from './service.js'

/** The parts of a config that refer to each other. */
interface Referring {
  services?: Readonly<Record<string, ServiceConfig>> | undefined
  gateway?: GatewayOptions | undefined
}

/** Names that mean nothing: a rule that refers to one would never match, which is worse than an error. */
export function checkReferences(config: Referring, report: Report): void {
  const services = config.services ?? {}
  for (const [name, service] of Object.entries(services)) checkRoutes(name, service, services, report)
  checkHosts(services, report)
  for (const [i, route] of (config.gateway?.routes ?? []).entries())
    if (!Object.hasOwn(services, route.service))
      report(['gateway', 'routes', i, 'service'], `names the service "${route.service}", which is not defined`)
}

function checkRoutes(
  name: string,
  service: ServiceConfig,
  services: Readonly<Record<string, ServiceConfig>>,
  report: Report,
): void {
  if (service.allowUnknownDestinations === true) return
  for (const [i, route] of (service.routes ?? []).entries())
    for (const { service: target, subset } of destinationsOf(route.to, name)) {
      const owner = Object.hasOwn(services, target) ? services[target] : undefined
      if (owner === undefined)
        report(['services', name, 'routes', i, 'to'], `names the service "${target}", which is not defined`)
      else if (subset !== undefined && !Object.hasOwn(owner.subsets ?? {}, subset))
        report(['services', name, 'routes', i, 'to'], `names the subset "${subset}", which "${target}" does not define`)
    }
}

function checkHosts(services: Readonly<Record<string, ServiceConfig>>, report: Report): void {
  const owners = new Map(Object.keys(services).map((name) => [hostOf(name), name]))
  for (const [name, service] of Object.entries(services))
    for (const [i, host] of (service.hosts ?? []).entries()) {
      const owner = owners.get(hostOf(host))
      if (owner === undefined) owners.set(hostOf(host), name)
      else if (owner !== name) report(['services', name, 'hosts', i], `means the service "${owner}" already`)
    }
}
