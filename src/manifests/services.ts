import type { LoadBalancerSettings } from '../cluster/balancer/options.js'
import type { HashPolicy } from '../cluster/hash-policy/options.js'
import type { ServiceConfig, ServiceRoute, SubsetPolicy } from '../config/service.js'
import type { EndpointOptions, Labels } from '../discovery/index.js'
import type { Place } from './diagnostics.js'
import { type HostRules, type ResolvedHost, resolveHost } from './hosts.js'

/** A port that a service opens. */
export interface ServicePort {
  readonly name: string | undefined
  readonly port: number
  /** Where endpoints listen for it; undefined when it is named in the pods' own specs. */
  readonly targetPort: number | undefined
  /** How endpoints are called. */
  readonly scheme: 'http' | 'https'
}

/** Fields of a service that resources fill in. */
export type ServicePolicy = Omit<ServiceConfig, 'endpoints' | 'hosts' | 'subsets' | 'subsetPolicies' | 'routes'>

function withPort(url: string, port: number): string {
  return `${url.replace(/\/$/, '')}:${port}`
}

function hashOf(loadBalancer: ServiceConfig['loadBalancer']): readonly HashPolicy[] {
  return typeof loadBalancer === 'object' ? (loadBalancer.hash ?? []) : []
}

/** One port of a host - one cluster of Envoy - while the manifests that speak of it are being read. */
export class ServiceDraft {
  readonly #owner: HostDraft
  readonly #port: number | undefined
  readonly #name: string
  /** Where manifests say that it is. What the user gave takes precedence: read `endpoints`. */
  found: readonly EndpointOptions[] = []
  readonly subsets: Map<string, Labels> = new Map()
  readonly subsetPolicies: Map<string, SubsetPolicy> = new Map()
  readonly routes: ServiceRoute[] = []
  policy: ServicePolicy = {}

  constructor(owner: HostDraft, port: number | undefined, isFirst: boolean) {
    this.#owner = owner
    this.#port = port
    this.#name = isFirst || port === undefined ? owner.host.service : `${owner.host.service}:${port}`
  }

  /** The name in the native config. */
  get name(): string {
    return this.#name
  }

  get host(): ResolvedHost {
    return this.#owner.host
  }

  /** The host that it is a port of. */
  get owner(): HostDraft {
    return this.#owner
  }

  /** Where the host is first spoken of. */
  get at(): Place {
    return this.#owner.at
  }

  /** Undefined while no port is known: then it is all of them. */
  get port(): ServicePort | undefined {
    const ports = this.#owner.ports ?? []
    return this.#port === undefined ? ports[0] : ports.find((one) => one.port === this.#port)
  }

  /** Given ones without a port of their own listen where the service's port says. */
  get endpoints(): readonly EndpointOptions[] {
    const { given } = this.#owner
    if (given.length === 0) return this.found
    const target = this.port?.targetPort
    if (target === undefined) return given
    return given.map((one) => (/:\d+\/?$/.test(one.url) ? one : { ...one, url: withPort(one.url, target) }))
  }

  /** What the balancer of the service, or of one of its subsets, hashes: what routes that lead there must hash. */
  hashPolicies(subset?: string): readonly HashPolicy[] {
    const own = subset === undefined ? undefined : this.subsetPolicies.get(subset)?.loadBalancer
    return hashOf(own ?? this.policy.loadBalancer)
  }

  /** Remembers, for `explain`, where values of some fields were written. */
  addOrigins(origins: ServicePolicy['origins']): void {
    this.policy = { ...this.policy, origins: { ...this.policy.origins, ...origins } }
  }

  config(): ServiceConfig {
    const { subsets, subsetPolicies, routes, endpoints } = this
    const { aliases } = this.#owner
    const hosts = this.#name === this.host.service ? aliases : aliases.map((alias) => `${alias}:${this.#port}`)
    const { discovery, ...policy } = this.policy
    return {
      ...(hosts.length === 0 ? {} : { hosts }),
      ...(endpoints.length === 0 ? {} : { endpoints }),
      ...(discovery === undefined || this.#owner.given.length > 0 ? {} : { discovery }),
      ...(subsets.size === 0 ? {} : { subsets: Object.fromEntries(subsets) }),
      ...(subsetPolicies.size === 0 ? {} : { subsetPolicies: Object.fromEntries(subsetPolicies) }),
      ...policy,
      ...(routes.length === 0 ? {} : { routes }),
    }
  }
}

/** A host and its ports. */
export class HostDraft {
  readonly host: ResolvedHost
  /** Where it is first spoken of. */
  readonly at: Place
  /** Endpoints that the user gave. */
  readonly given: readonly EndpointOptions[]
  /** Namespace of the resource that describes it, or in which it is spoken of. */
  namespace: string
  /** Namespaces that see it, as Istio writes them; undefined for all. */
  exportTo: readonly string[] | undefined = undefined
  /** Names by which ServiceEntries describe it, as written, lower case. */
  readonly entryHosts: Set<string> = new Set()
  /** Who its servers are, where a rule that asks for TLS does not say (ServiceEntry). */
  servers: { readonly names: readonly string[]; readonly at: Place } | undefined = undefined
  /** Where it says that Istio would call its endpoints by mutual TLS, if no rule says how (ServiceEntry). */
  autoTlsAt: Place | undefined = undefined
  /** How calls are spread where no rule says (Service `sessionAffinity`). */
  affinity: LoadBalancerSettings | undefined = undefined
  /** Whether near endpoints come first where no rule says (Service `trafficDistribution`). */
  prefersNear = false
  readonly #addresses: string[] = []
  #ports: readonly ServicePort[] | undefined = undefined
  readonly #drafts = new Map<number | undefined, ServiceDraft>()

  constructor(host: ResolvedHost, namespace: string, at: Place, given: readonly EndpointOptions[]) {
    this.host = host
    this.at = at
    this.given = given
    this.namespace = host.local?.namespace ?? namespace
  }

  /** Undefined while no Service or ServiceEntry describes it. */
  get ports(): readonly ServicePort[] | undefined {
    return this.#ports
  }

  /** Other names that mean it, virtual addresses included. */
  get aliases(): readonly string[] {
    return [...this.host.aliases, ...this.#addresses]
  }

  /** Adds a virtual address; the registry sees to it that it has one host only. */
  addAddress(address: string): void {
    this.#addresses.push(address.includes(':') ? `[${address}]` : address)
  }

  /** Adds ports; those that are open already stay as they are. */
  open(ports: readonly ServicePort[]): void {
    const open = [...(this.#ports ?? [])]
    for (const one of ports) if (!open.some(({ port }) => port === one.port)) open.push(one)
    this.#ports = open
  }

  /** Says where endpoints listen for a port whose target was only named. */
  retarget(port: number, targetPort: number): void {
    this.#ports = this.#ports?.map((one) =>
      one.port === port && one.targetPort === undefined ? { ...one, targetPort } : one,
    )
  }

  /** One for each port, in order; exactly one when none is known. */
  drafts(): readonly ServiceDraft[] {
    return [this.main, ...(this.#ports ?? []).slice(1).map(({ port }) => this.#draft(port))]
  }

  /** The first port: it has the plain name, and takes the calls of ports that are not open. */
  get main(): ServiceDraft {
    return this.#draft(undefined)
  }

  /** The service behind a port; undefined when the host has ports, and not this one. */
  port(port: number): ServiceDraft | undefined {
    return this.#at(this.#ports?.findIndex((one) => one.port === port))
  }

  /** The service behind a port by its name. */
  portNamed(name: string): ServiceDraft | undefined {
    return this.#at(this.#ports?.findIndex((one) => one.name === name))
  }

  #at(index: number | undefined): ServiceDraft | undefined {
    if (index === undefined || this.#ports?.length === 0) return this.main
    return index === -1 ? undefined : this.drafts()[index]
  }

  #draft(port: number | undefined): ServiceDraft {
    let draft = this.#drafts.get(port)
    if (draft === undefined) {
      draft = new ServiceDraft(this, port, port === undefined)
      this.#drafts.set(port, draft)
    }
    return draft
  }
}

/** All hosts that the manifests speak of, by native name. */
export class ServiceRegistry {
  readonly #hosts = new Map<string, HostDraft>()
  readonly #endpoints = new Map<string, readonly EndpointOptions[]>()
  readonly #addresses = new Set<string>()
  readonly #rules: HostRules

  constructor(rules: HostRules, endpoints: Readonly<Record<string, readonly EndpointOptions[]>>) {
    this.#rules = rules
    for (const [host, list] of Object.entries(endpoints)) {
      const { service } = this.resolve(host, rules.namespace)
      this.#endpoints.set(service, [...(this.#endpoints.get(service) ?? []), ...list])
    }
  }

  resolve(host: string, namespace: string): ResolvedHost {
    return resolveHost(host, namespace, this.#rules)
  }

  /** Whether the user gave endpoints for the host that a name means. */
  isGiven(host: string, namespace: string): boolean {
    return this.#endpoints.has(this.resolve(host, namespace).service)
  }

  /** The host that a name means, if anything has spoken of it. */
  find(host: string, namespace: string): HostDraft | undefined {
    return this.#hosts.get(this.resolve(host, namespace).service)
  }

  /** Whether anything has spoken of a host, or endpoints are given for it. */
  isKnown(host: string, namespace: string): boolean {
    const { service } = this.resolve(host, namespace)
    return this.#hosts.has(service) || this.#endpoints.has(service)
  }

  /** The host that a name means, made at its first use. */
  use(host: string, namespace: string, at: Place): HostDraft {
    const resolved = this.resolve(host, namespace)
    let draft = this.#hosts.get(resolved.service)
    if (draft === undefined) {
      draft = new HostDraft(resolved, namespace, at, this.#endpoints.get(resolved.service) ?? [])
      this.#hosts.set(resolved.service, draft)
    }
    return draft
  }

  /** Makes a virtual address mean a host, unless it means another one already. */
  addAddress(host: HostDraft, address: string): void {
    if (this.#addresses.has(address)) return
    this.#addresses.add(address)
    host.addAddress(address)
  }

  /** Makes services of the endpoints that no manifest speaks of. */
  useRest(): void {
    for (const service of this.#endpoints.keys())
      this.use(service, this.#rules.namespace, { file: 'endpoints', line: 1, column: 1, path: service })
  }

  hosts(): Iterable<HostDraft> {
    return this.#hosts.values()
  }

  /** The services of all hosts. */
  all(): readonly ServiceDraft[] {
    return [...this.#hosts.values()].flatMap((host) => host.drafts())
  }
}
