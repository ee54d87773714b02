import type { GatewayRouteOptions } from '../../config/gateway.js'
import type { ServiceConfig } from '../../config/service.js'
import type { CompileContext } from '../context.js'
import { istioDefaultRetry } from '../istio/retries.js'
import { originOf } from '../resource.js'
import { checkRouteAnnotations } from './annotations.js'
import { type Gateway, readGateways } from './gateway.js'
import { anyHost, covers, intersection, specificity } from './hostname.js'
import type { HttpRoute } from './http-route.js'
import { type Listener, unknownListener } from './listener.js'
import { type ListenerGroup, ListenerGroups } from './listener-groups.js'
import type { ParentRef } from './parent-ref.js'
import { byPrecedence, type Candidate } from './precedence.js'
import { ReferenceGrants } from './reference-grant.js'

/** What the gateway and the mesh behind it need for the HTTPRoutes. */
export interface CompiledGatewayRoutes {
  readonly routes: readonly GatewayRouteOptions[]
  /** By name: one for each hostname of a listener, with the rules as its routes. */
  readonly services: Readonly<Record<string, ServiceConfig>>
}

/** Everything for one hostname of the listeners that cannot be told apart. */
interface Host {
  readonly hostname: string
  readonly listener: Listener
  readonly group: ListenerGroup
  readonly candidates: Candidate[]
}

/** Attaches HTTPRoutes to Gateways: rules for requests that come from outside. */
export class GatewayRoutes {
  readonly #context: CompileContext
  readonly #gateways: readonly Gateway[]
  readonly #grants: ReferenceGrants
  readonly #groups: ListenerGroups
  readonly #hosts = new Map<string, Host>()

  constructor(context: CompileContext) {
    this.#context = context
    this.#gateways = readGateways(context)
    this.#grants = new ReferenceGrants(context)
    this.#groups = new ListenerGroups(this.#gateways.flatMap(({ listeners }) => listeners))
  }

  attach(route: HttpRoute, parent: ParentRef): void {
    const own = route.hostnames.length === 0 ? [anyHost] : route.hostnames
    let met = false
    checkRouteAnnotations(this.#context.report, route.resource)
    for (const listener of this.#listeners(route, parent))
      for (const [hostname, original] of this.#hostnames(listener, own)) {
        met = true
        const { candidates } = this.#host(listener, hostname)
        if (candidates.some(({ resource }) => resource === route.resource)) continue
        const { scheme, port } = listener
        const redirect = { scheme: scheme === 'https' ? ('https' as const) : undefined, port }
        candidates.push(...route.compile({ owner: undefined, grants: this.#grants, redirect }, original))
      }
    if (!met)
      parent.fields.warn(
        'name',
        'missing-parent',
        `No listener of "${parent.name}" takes the route: its rules do nothing there.`,
      )
  }

  /** The listeners that a reference means and that take routes of this namespace. */
  #listeners({ resource }: HttpRoute, { namespace, name, sectionName, port, fields }: ParentRef): readonly Listener[] {
    const gateway = this.#gateways.find((one) => one.resource.name === name && one.resource.namespace === namespace)
    if (gateway === undefined) {
      const what = `The Gateway ${namespace}/${name} is not among the manifests`
      const effect = this.#context.strict ? 'the route is not attached' : 'its listeners are taken to have any hostname'
      fields.warn('name', 'missing-parent', `${what}: ${effect}.`)
      return this.#context.strict ? [] : [unknownListener(resource)]
    }
    return gateway.listeners.filter(
      (one) =>
        (sectionName === undefined || one.name === sectionName) &&
        (port === undefined || one.port === port) &&
        one.allows(resource.namespace),
    )
  }

  /** The hostnames that a listener has with a route, each with the one of the route that is the most specific. */
  #hostnames(listener: Listener, own: readonly string[]): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    for (const original of own.toSorted((a, b) => specificity(a)[1] - specificity(b)[1])) {
      const hostname = intersection(listener.hostname, original)
      if (hostname !== undefined && !this.#isOthers(listener, hostname)) found.set(hostname, original)
    }
    return found
  }

  /** Whether requests for a hostname come to another listener on the same port, which names them more closely. */
  #isOthers(listener: Listener, hostname: string): boolean {
    const gateway = this.#gateways.find((one) => one.resource === listener.gateway)
    return (gateway?.listeners ?? []).some(
      (one) =>
        one !== listener &&
        one.port === listener.port &&
        one.scheme === listener.scheme &&
        covers(listener.hostname, one.hostname) &&
        covers(one.hostname, hostname),
    )
  }

  #host(listener: Listener, hostname: string): Host {
    const group = this.#groups.of(listener)
    const key = `httproute/${hostname}${group.suffix}`
    const host = this.#hosts.get(key) ?? { hostname, listener, group, candidates: [] }
    this.#hosts.set(key, host)
    return host
  }

  /** A listener without routes still keeps its requests from the wider ones beside it. */
  #isolate(): void {
    for (const { resource, listeners } of this.#gateways)
      for (const listener of listeners) {
        const wider = [...this.#hosts.values()].some(
          (host) =>
            host.listener.gateway === resource &&
            host.listener.port === listener.port &&
            host.listener.scheme === listener.scheme &&
            host.hostname !== listener.hostname &&
            covers(host.hostname, listener.hostname),
        )
        if (wider) this.#host(listener, listener.hostname)
      }
  }

  /** The routes of the gateway, and the services that they lead to. */
  finish(): CompiledGatewayRoutes {
    this.#isolate()
    this.#groups.report()
    const routes: GatewayRouteOptions[] = []
    const services: Record<string, ServiceConfig> = {}
    for (const [name, { hostname, listener, group, candidates }] of this.#hosts) {
      const at = candidates[0]?.resource.at ?? listener.fields?.at
      services[name] = { retry: istioDefaultRetry, envoyHeaders: true, routes: byPrecedence(candidates) }
      routes.push({
        name,
        ...(hostname === anyHost ? {} : { hosts: [hostname] }),
        ...group.conditions,
        service: name,
        preserveHost: true,
        ...(at === undefined ? {} : { origin: originOf(at) }),
      })
    }
    return { routes, services }
  }
}
