import { type CompileContext, resourcesOf } from '../context.js'
import { oldestFirst, originOf } from '../resource.js'
import type { HostDraft, ServiceDraft } from '../services.js'
import { useIstioDefaults } from './defaults.js'
import { Delegates } from './delegates.js'
import { HttpRouteCompiler, type SubsetUse } from './http-route.js'
import type { HttpRule } from './http-rule.js'
import { warnPartialHost } from './partial-host.js'
import { readVirtualService, type VirtualService } from './virtual-service-spec.js'
import { nearness } from './visibility.js'

/** A VirtualService with the rules of its delegates. */
interface Candidate {
  readonly virtualService: VirtualService
  readonly rules: readonly HttpRule[]
}

/** The VirtualServices that this client's namespace sees: private ones first, then the oldest. */
function visible(context: CompileContext, all: readonly VirtualService[]): readonly VirtualService[] {
  const near = all.flatMap((one) => {
    if (!one.isForMesh || one.hosts.length === 0) return []
    const distance = nearness(one.exportTo, one.resource.namespace, context.namespace)
    if (distance !== undefined) return [{ one, distance }]
    const message = `It is not exported to the namespace "${context.namespace}": its rules are left out.`
    context.report.warn(one.exportToAt, 'not-exported', message)
    return []
  })
  return near.toSorted((a, b) => a.distance - b.distance).map(({ one }) => one)
}

/** Who routes which host: of those that name it the first, else the one with the longest wildcard that takes it. */
class HostOwners {
  readonly #context: CompileContext
  readonly #exact = new Map<HostDraft, Candidate[]>()
  readonly #wildcards = new Map<string, Candidate>()

  constructor(context: CompileContext, candidates: readonly Candidate[]) {
    this.#context = context
    for (const candidate of candidates) for (const host of candidate.virtualService.hosts) this.#add(host, candidate)
  }

  #add(host: string, candidate: Candidate): void {
    const { services } = this.#context
    const { resource, hostsAt } = candidate.virtualService
    if (host.startsWith('*')) {
      const pattern = host.toLowerCase()
      const first = this.#wildcards.get(pattern)
      if (first === undefined) this.#wildcards.set(pattern, candidate)
      else this.#warnShadowed(host, candidate, first)
      return
    }
    warnPartialHost(this.#context, host, resource.namespace, hostsAt)
    const draft = services.use(host, resource.namespace, hostsAt)
    const owners = this.#exact.get(draft)
    if (owners === undefined) this.#exact.set(draft, [candidate])
    else if (!owners.includes(candidate)) {
      const [first] = owners
      if (first !== undefined) this.#warnShadowed(host, candidate, first)
      owners.push(candidate)
    }
  }

  #warnShadowed(host: string, { virtualService }: Candidate, first: Candidate): void {
    const { at, name } = first.virtualService.resource
    const message = `"${host}" is routed by "${name}" (${at.file}:${at.line}) already: these rules are ignored.`
    this.#context.report.warn(virtualService.hostsAt, 'shadowed', message)
  }

  /** Makes services of wildcards that no known host fits: their names are routed all the same. */
  useWildcards(): void {
    if (this.#wildcards.size === 0) return
    this.#context.services.useRest()
    const known = [...this.#context.services.hosts()].filter(
      ({ ports, given }) => ports !== undefined || given.length > 0,
    )
    for (const [pattern, { virtualService }] of this.#wildcards)
      if (!known.some((host) => host.host.qualified.endsWith(pattern.slice(1))))
        this.#context.services.use(pattern, virtualService.resource.namespace, virtualService.hostsAt)
  }

  /** In order; of those that name a host the next one has its say where the one before has no rule for a port. */
  of(host: HostDraft): readonly Candidate[] {
    const exact = this.#exact.get(host)
    if (exact !== undefined) return exact
    const name = host.host.qualified
    const fitting = [...this.#wildcards].filter(([pattern]) => name.endsWith(pattern.slice(1)))
    const [longest] = fitting.toSorted(([a], [b]) => b.length - a.length)
    return longest === undefined ? [] : [longest[1]]
  }
}

function compileService(
  context: CompileContext,
  service: ServiceDraft,
  candidates: readonly Candidate[],
): readonly SubsetUse[] {
  for (const { virtualService, rules } of candidates) {
    const compiler = new HttpRouteCompiler(context, service)
    const routes = compiler.routes(rules)
    if (routes.length === 0) continue
    service.routes.push(...routes)
    useIstioDefaults(service)
    service.addOrigins({ virtualService: originOf(virtualService.resource.at) })
    return compiler.uses
  }
  return []
}

/**
 * Compiles every VirtualService into routes of the services whose hosts it names, each port on its own; the first rule
 * that matches a call wins. Of two that name the same host one wins whole, as in a sidecar. Returns the subsets that
 * were named. To be called once every service is known.
 */
export function compileVirtualServices(context: CompileContext): readonly SubsetUse[] {
  const all = oldestFirst(resourcesOf(context, 'networking.istio.io', 'VirtualService'))
    .map((resource) => readVirtualService(context, resource))
    .filter((one) => one !== undefined)
  const delegates = new Delegates(context, all)
  delegates.reportUnused(all)
  const candidates = visible(context, all).map((one) => ({ virtualService: one, rules: delegates.expand(one) }))
  const owners = new HostOwners(context, candidates)
  owners.useWildcards()
  const uses: SubsetUse[] = []
  const done = new Set<HostDraft>()
  // Destinations bring in hosts that were not known before, and a wildcard may be theirs too.
  for (const host of context.services.hosts()) {
    if (done.has(host)) continue
    done.add(host)
    for (const service of host.drafts()) uses.push(...compileService(context, service, owners.of(host)))
  }
  return uses
}
