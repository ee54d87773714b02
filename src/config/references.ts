import type { Report } from '../core/schema/index.js'
import { destinationsOf } from '../routing/index.js'
import type { GatewayOptions } from './gateway.js'
import { hostKey } from './host-name.js'
import type { ServiceConfig } from './service.js'

/** Services by name. */
export type ServiceConfigs = Readonly<Record<string, ServiceConfig>>

function find(services: ServiceConfigs, name: string): ServiceConfig | undefined {
  return Object.hasOwn(services, name) ? services[name] : undefined
}

/** Names of the other services that calls to this one may reach: what its rings are made of, beside its own config. */
export function neighboursOf(name: string, service: ServiceConfig): ReadonlySet<string> {
  const names = new Set<string>()
  for (const route of service.routes ?? []) {
    for (const destination of destinationsOf(route.to, name)) names.add(destination.service)
    for (const mirror of route.mirrors ?? []) names.add(mirror.service ?? name)
  }
  names.delete(name)
  return names
}

/** Names that mean nothing: a rule that refers to one would never match, which is worse than an error. */
export class References {
  readonly #services: ServiceConfigs
  readonly #owners = new Map<string, string>()

  constructor(services: ServiceConfigs, report: Report) {
    this.#services = services
    for (const name of Object.keys(services)) {
      const key = hostKey(name)
      const owner = this.#owners.get(key)
      if (owner === undefined) this.#owners.set(key, name)
      else report(['services', name], `means the same as the service "${owner}": names of hosts have no case`)
    }
  }

  /** What the routes and the hosts of one service name. */
  checkService(name: string, service: ServiceConfig, report: Report): void {
    this.#checkHosts(name, service, report)
    if (service.allowUnknownDestinations === true) return
    for (const [i, route] of (service.routes ?? []).entries()) {
      const at = ['services', name, 'routes', i]
      for (const target of destinationsOf(route.to, name))
        this.#checkTarget(target.service, target.subset, (message) => report([...at, 'to'], message))
      for (const [j, mirror] of (route.mirrors ?? []).entries())
        this.#checkTarget(mirror.service ?? name, mirror.subset, (message) => report([...at, 'mirrors', j], message))
    }
  }

  #checkTarget(target: string, subset: string | undefined, report: (message: string) => void): void {
    const owner = find(this.#services, target)
    if (owner === undefined) report(`names the service "${target}", which is not defined`)
    else if (subset !== undefined && !Object.hasOwn(owner.subsets ?? {}, subset))
      report(`names the subset "${subset}", which "${target}" does not define`)
  }

  #checkHosts(name: string, service: ServiceConfig, report: Report): void {
    for (const [i, host] of (service.hosts ?? []).entries()) {
      const key = hostKey(host)
      const owner = this.#owners.get(key)
      if (owner === undefined) this.#owners.set(key, name)
      else if (owner !== name) report(['services', name, 'hosts', i], `means the service "${owner}" already`)
    }
  }

  /** What the routes of the gateway name. */
  checkGateway(gateway: GatewayOptions, report: Report): void {
    for (const [i, { service }] of (gateway.routes ?? []).entries())
      if (find(this.#services, service) === undefined)
        report(['gateway', 'routes', i, 'service'], `names the service "${service}", which is not defined`)
  }
}
