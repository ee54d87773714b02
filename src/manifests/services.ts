import type { ServiceConfig, ServiceRoute } from '../config/service.js'
import type { EndpointOptions, Labels } from '../discovery/index.js'
import type { Place } from './diagnostics.js'
import { type HostRules, type ResolvedHost, resolveHost } from './hosts.js'

/** A port that a Service opens. */
export interface ServicePort {
  readonly name: string | undefined
  readonly port: number
  /** Where endpoints listen for it; undefined when it is named in the pods' own specs. */
  readonly targetPort: number | undefined
}

/** Fields of a service that resources fill in. */
export type ServicePolicy = Omit<ServiceConfig, 'endpoints' | 'hosts' | 'subsets' | 'routes'>

function withPort(url: string, port: number): string {
  return `${url.replace(/\/$/, '')}:${port}`
}

/** A service while the manifests that speak of it are being read. */
export class ServiceDraft {
  readonly host: ResolvedHost
  /** Where it is first spoken of. */
  readonly at: Place
  endpoints: readonly EndpointOptions[] = []
  readonly subsets: Map<string, Labels> = new Map()
  readonly routes: ServiceRoute[] = []
  policy: ServicePolicy = {}
  /** Undefined while no Service describes it. */
  ports: readonly ServicePort[] | undefined = undefined

  constructor(host: ResolvedHost, at: Place) {
    this.host = host
    this.at = at
  }

  /** The name in the native config. */
  get name(): string {
    return this.host.service
  }

  /** Endpoints without a port of their own listen where a Service with a single port says. */
  #placed(): readonly EndpointOptions[] {
    const [only, ...others] = this.ports ?? []
    const target = only?.targetPort
    if (target === undefined || others.length > 0) return this.endpoints
    return this.endpoints.map((one) => (/:\d+\/?$/.test(one.url) ? one : { ...one, url: withPort(one.url, target) }))
  }

  config(): ServiceConfig {
    const { subsets, routes } = this
    const endpoints = this.#placed()
    const hosts = this.host.aliases
    return {
      ...(hosts.length === 0 ? {} : { hosts }),
      ...(endpoints.length === 0 ? {} : { endpoints }),
      ...(subsets.size === 0 ? {} : { subsets: Object.fromEntries(subsets) }),
      ...this.policy,
      ...(routes.length === 0 ? {} : { routes }),
    }
  }
}

/** All services that the manifests speak of, by native name. */
export class ServiceRegistry {
  readonly #drafts = new Map<string, ServiceDraft>()
  readonly #endpoints = new Map<string, readonly EndpointOptions[]>()
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

  /** The service that a host means, made at its first use. */
  use(host: string, namespace: string, at: Place): ServiceDraft {
    const resolved = this.resolve(host, namespace)
    let draft = this.#drafts.get(resolved.service)
    if (draft === undefined) {
      draft = new ServiceDraft(resolved, at)
      draft.endpoints = this.#endpoints.get(resolved.service) ?? []
      this.#drafts.set(resolved.service, draft)
    }
    return draft
  }

  /** Makes services of the endpoints that no manifest speaks of. */
  useRest(): void {
    for (const service of this.#endpoints.keys())
      this.use(service, this.#rules.namespace, { file: 'endpoints', line: 1, column: 1, path: service })
  }

  all(): Iterable<ServiceDraft> {
    return this.#drafts.values()
  }
}
