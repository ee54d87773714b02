import type { HashPolicy } from '../../cluster/hash-policy/options.js'
import type { ServiceRoute } from '../../config/service.js'
import type { RouteDestination } from '../../routing/index.js'
import type { Reporter } from '../diagnostics.js'
import { Fields, type Vocabulary } from '../fields.js'
import type { ServiceDraft } from '../services.js'
import { type BackendResolver, backendObject } from './backend-ref.js'
import { readItems } from './checks.js'
import { type FilterCompiler, type Filters, replacesPrefix } from './filters.js'

const backend: Vocabulary = { known: [...backendObject.known, 'weight', 'filters'] }

/** A backend that gets calls. */
export interface Leg {
  readonly service: ServiceDraft | undefined
  readonly weight: number
  readonly filters: Filters
}

/** The references of a rule. */
export interface Legs {
  readonly legs: readonly Leg[]
  /** A filter of one of them replaces the prefix that the rule matches. */
  readonly replacePrefix: boolean
}

/** What compiles the references of a rule. */
export interface LegDeps {
  readonly report: Reporter
  readonly resolver: BackendResolver
  readonly filters: FilterCompiler
}

/** Reads `backendRefs`; those of weight 0 get no calls and are left out. */
export function readLegs(rule: Fields, { report, resolver, filters }: LegDeps): Legs {
  const legs: Leg[] = []
  let replacePrefix = false
  const references = readItems(rule, 'backendRefs', 16).map((map) => {
    const fields = new Fields(map, report, backend)
    return { fields, weight: fields.integer('weight', { min: 0, max: 1_000_000 }) ?? 1 }
  })
  const alone = references.filter(({ weight }) => weight > 0).length === 1
  for (const { fields, weight } of references) {
    const service = resolver.resolve(fields, 'its share of the calls is answered 500')
    const compiled = filters.compileForBackend(fields, alone && weight > 0)
    replacePrefix ||= replacesPrefix(compiled)
    if (weight > 0) legs.push({ service: compiled.unresolved ? undefined : service, weight, filters: compiled })
  }
  return { legs, replacePrefix }
}

function destinationOf({ service, filters: { headers } }: Leg, owner: ServiceDraft | undefined): RouteDestination {
  if (service === undefined) return { status: 500 }
  return { ...(service === owner ? {} : { service: service.name }), ...(headers === undefined ? {} : { headers }) }
}

/** Where the calls go, as a route of `owner` says it: nothing at all if it is to the owner itself. */
export function targetOf(legs: readonly Leg[], owner: ServiceDraft | undefined): Pick<ServiceRoute, 'to'> {
  const destinations = legs.map((leg) => destinationOf(leg, owner))
  const [only, ...others] = destinations
  if (only !== undefined && others.length === 0) return Object.keys(only).length === 0 ? {} : { to: [only] }
  return { to: legs.map((leg, i) => ({ ...destinations[i], weight: leg.weight })) }
}

/** What the balancers behind a route hash, in the order of its destinations, as Istio adds it up. */
export function hashOf(legs: readonly Leg[]): readonly HashPolicy[] {
  return legs.flatMap(({ service }) => service?.hashPolicies() ?? [])
}
