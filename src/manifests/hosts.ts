/** What a host name in a manifest means. */
export interface ResolvedHost {
  /** Name of the service in the native config. */
  readonly service: string
  /** Other names that mean it. */
  readonly aliases: readonly string[]
  /** The name in full, lower case, which wildcards are compared with. */
  readonly qualified: string
  /** Name and namespace in Kubernetes; undefined for a host outside. */
  readonly local: { readonly name: string; readonly namespace: string } | undefined
  /** Whether the name of a service is written with a dot, and yet not in full: Istio takes it for a host outside. */
  readonly isPartial: boolean
}

/** How short names become services. */
export interface HostRules {
  /** The namespace whose services keep their short names. */
  readonly namespace: string
  /** Default `cluster.local`. */
  readonly clusterDomain: string
  /** Every namespace that the manifests name: `reviews.shop` is a service of one of these, else a host outside. */
  readonly namespaces: ReadonlySet<string>
}

function split(host: string, namespace: string, rules: HostRules): ResolvedHost['local'] {
  if (host.includes('*') || host.includes(':')) return undefined
  const labels = host.split('.')
  const [name = '', second, third] = labels
  if (second === undefined) return { name, namespace }
  if (labels.length === 2) return rules.namespaces.has(second) ? { name, namespace: second } : undefined
  if (third !== 'svc') return undefined
  const domain = labels.slice(3).join('.')
  return domain === '' || domain === rules.clusterDomain ? { name, namespace: second } : undefined
}

/**
 * Resolves a host: a short name belongs to the namespace of the resource that uses it, as in Istio, and every form up to
 * the fully qualified one means the same service, as to a resolver inside Kubernetes; in manifests Istio completes names
 * without a dot only. Hosts outside stay as they are.
 */
export function resolveHost(host: string, namespace: string, rules: HostRules): ResolvedHost {
  const lower = (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase()
  const local = split(lower, namespace, rules)
  if (local === undefined) return { service: lower, aliases: [], qualified: lower, local: undefined, isPartial: false }
  const qualified = `${local.name}.${local.namespace}`
  const service = local.namespace === rules.namespace ? local.name : qualified
  const full = `${qualified}.svc.${rules.clusterDomain}`
  const forms = [qualified, `${qualified}.svc`, full]
  const isPartial = lower.includes('.') && lower !== full
  return { service, aliases: forms.filter((form) => form !== service), qualified: full, local, isPartial }
}
