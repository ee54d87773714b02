import type { ServiceRoute } from '../../config/service.js'
import type { CompileContext } from '../context.js'
import type { Fields, Vocabulary } from '../fields.js'
import { istioDefaultRetry } from '../istio/retries.js'
import { originOf, type Resource } from '../resource.js'
import type { ServiceDraft } from '../services.js'
import { BackendResolver } from './backend-ref.js'
import { readItems, readSectionName } from './checks.js'
import { FilterCompiler, type Filters, replacesPrefix } from './filters.js'
import { hashOf, type Leg, readLegs, targetOf } from './legs.js'
import { compileMatch, type HttpMatch, matchAll } from './match.js'
import type { RedirectBase } from './redirect.js'
import type { ReferenceGrants } from './reference-grant.js'
import { compileRetry } from './retry.js'
import { compileTimeouts } from './timeouts.js'

/** Fields of a rule. */
export const ruleVocabulary: Vocabulary = {
  known: ['name', 'matches', 'filters', 'backendRefs', 'timeouts', 'retry'],
  unsupported: {
    sessionPersistence: { severity: 'warning', message: 'Sessions do not stick to endpoints: the field is ignored.' },
  },
}

/** What a rule is compiled for: a Service of the mesh, or a listener of the gateway. */
export interface Attachment {
  /** The service whose routes these become; undefined for the gateway's. */
  readonly owner: ServiceDraft | undefined
  /** Undefined where references need no leave: inside the mesh. */
  readonly grants: ReferenceGrants | undefined
  readonly redirect: RedirectBase
}

/** One match of a rule as a native route. */
export interface RuleRoute {
  readonly match: HttpMatch
  readonly route: ServiceRoute
}

function checkPrefix(rule: Fields, matches: readonly HttpMatch[]): void {
  const [only, ...others] = matches
  const empty = rule.list('matches')?.items.length === 0
  if (!empty && only?.path.kind === 'PathPrefix' && others.length === 0) return
  rule.error('matches', 'invalid-value', 'A rule with replacePrefixMatch needs exactly one match, of type PathPrefix.')
}

/** What filters of the only backend do is done after what those of the rule do. */
function withLoneBackend(filters: Filters, legs: readonly Leg[]): Filters {
  const [only, ...others] = legs
  if (only?.service === undefined || others.length > 0) return filters
  const { rewrite, mirrors, cors } = only.filters
  const replaces = rewrite?.path !== undefined || rewrite?.pathPrefix !== undefined
  const merged = { ...filters.rewrite, ...rewrite }
  return {
    ...filters,
    rewrite: replaces
      ? { ...rewrite, authority: merged.authority }
      : Object.keys(merged).length === 0
        ? undefined
        : merged,
    mirrors: [...filters.mirrors, ...mirrors],
    cors: cors ?? filters.cors,
  }
}

const refused = { directResponse: { status: 500 } } as const

/** Compiles the rules of one HTTPRoute for one place where it is attached. */
export class RuleCompiler {
  readonly #context: CompileContext
  readonly #resource: Resource
  readonly #owner: ServiceDraft | undefined
  readonly #resolver: BackendResolver
  readonly #filters: FilterCompiler

  constructor(context: CompileContext, resource: Resource, { owner, grants, redirect }: Attachment) {
    this.#context = context
    this.#resource = resource
    this.#owner = owner
    this.#resolver = new BackendResolver(context, resource, grants)
    this.#filters = new FilterCompiler(context.report, this.#resolver, redirect)
  }

  /** One native route for each match. */
  compile(rule: Fields, index: number): readonly RuleRoute[] {
    const { namespace, name: route } = this.#resource
    const name = readSectionName(rule, 'name') ?? `${namespace}.${route}.${index}`
    const matches = this.#matches(rule)
    const filters = this.#filters.compile(rule)
    const legs = readLegs(rule, { report: this.#context.report, resolver: this.#resolver, filters: this.#filters })
    if (replacesPrefix(filters) || legs.replacePrefix) checkPrefix(rule, matches)
    const action = this.#action(rule, filters, legs.legs)
    return matches.map((match) => ({
      match,
      route: { name, match: [match.match], ...action, origin: originOf(rule.at) },
    }))
  }

  #matches(rule: Fields): readonly HttpMatch[] {
    const given = readItems(rule, 'matches', 64)
    if (given.length === 0) return [matchAll]
    return given.map((map) => compileMatch(map, this.#context.report)).filter((match) => match !== undefined)
  }

  /** What is done with a call: answered by a filter, refused, or sent. */
  #action(rule: Fields, filters: Filters, legs: readonly Leg[]): ServiceRoute {
    const { headers, cors, redirect, rewrite, mirrors, unresolved } = withLoneBackend(filters, legs)
    const policies = this.#policies(rule, legs)
    const common = { ...(headers === undefined ? {} : { headers }), ...(cors === undefined ? {} : { cors }) }
    if (redirect !== undefined && (rule.list('backendRefs')?.items.length ?? 0) > 0)
      rule.error('backendRefs', 'invalid-value', 'A rule that redirects has no backends.')
    if (unresolved) return refused
    if (redirect !== undefined) return { redirect, ...common }
    if (legs.length === 0) return { ...refused, ...common }
    return {
      ...targetOf(legs, this.#owner),
      ...(rewrite === undefined ? {} : { rewrite }),
      ...(mirrors.length === 0 ? {} : { mirrors }),
      ...common,
      ...policies,
    }
  }

  /** Without retries a limit for each attempt is one for the whole call, as in Istio. */
  #policies(rule: Fields, legs: readonly Leg[]): Pick<ServiceRoute, 'timeout' | 'retry' | 'hash'> {
    const { request, backendRequest = 0 } = compileTimeouts(rule)
    const given = compileRetry(rule, this.#context.report, backendRequest)
    const whole = backendRequest !== 0 && (given === undefined || given === false) ? backendRequest : request
    const hash = hashOf(legs)
    // A retry elsewhere would break what the hash is for.
    const stays = hash.length > 0 && legs.length === 1 && given !== false
    const retry = stays ? { ...(given ?? istioDefaultRetry), avoidTried: false } : given
    return {
      ...(whole === undefined ? {} : { timeout: whole }),
      ...(retry === undefined ? {} : { retry }),
      ...(hash.length === 0 ? {} : { hash }),
    }
  }
}
