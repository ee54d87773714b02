import type { ServiceRoute } from '../../config/service.js'
import type { RouteDestination, RouteMatch } from '../../routing/index.js'
import type { CompileContext } from '../context.js'
import type { Place } from '../diagnostics.js'
import type { Fields, Unsupported, Vocabulary } from '../fields.js'
import { originOf } from '../resource.js'
import type { ServiceDraft } from '../services.js'
import { compileHttpMatch, isCatchAll } from './http-match.js'
import { compileRetries } from './retries.js'

function ignored(what: string): Unsupported {
  return { severity: 'warning', message: `${what} not done yet: the field is ignored.` }
}

function refused(what: string): Unsupported {
  return { severity: 'error', message: `${what} not done yet, and without it calls would reach what they should not.` }
}

/** Fields of an HTTP rule. */
export const httpRule: Vocabulary = {
  known: ['name', 'match', 'route', 'timeout', 'retries', 'headers'],
  unsupported: {
    redirect: refused('Redirects are'),
    directResponse: refused('Direct responses are'),
    delegate: refused('Delegates are'),
    rewrite: ignored('Rewrites are'),
    fault: ignored('Fault injection is'),
    mirror: ignored('Mirroring is'),
    mirrors: ignored('Mirroring is'),
    mirrorPercentage: ignored('Mirroring is'),
    mirrorPercent: ignored('Mirroring is'),
    mirror_percent: ignored('Mirroring is'),
    corsPolicy: ignored('CORS for calls inside the mesh is'),
  },
}

const weighted: Vocabulary = { known: ['destination', 'weight', 'headers'] }
const operations: Vocabulary = { known: ['set', 'add', 'remove'] }

const destination: Vocabulary = { known: ['host', 'subset', 'port'] }

/** Header operations are not done yet; a header that should have been removed may be a secret. */
function checkHeaders(fields: Fields): void {
  const headers = fields.fields('headers', { known: ['request', 'response'] })
  if (headers === undefined) return
  const sides = ['request', 'response'].map((side) => headers.fields(side, operations))
  if (sides.some((side) => side?.has('remove') === true))
    fields.error('headers', 'unsupported-field', 'Header operations are not done yet: what must be removed would pass.')
  else fields.warn('headers', 'unsupported-field', 'Header operations are not done yet: the field is ignored.')
}

/** A subset that a route names, to be looked up once every DestinationRule is read. */
export interface SubsetUse {
  readonly service: ServiceDraft
  /** The service whose route names it. */
  readonly caller: ServiceDraft
  readonly subset: string
  readonly at: Place
}

interface Target {
  readonly service: ServiceDraft
  readonly subset: string | undefined
  readonly weight: number | undefined
}

/** Compiles the rules of one VirtualService for one of its hosts. */
export class HttpRouteCompiler {
  readonly #context: CompileContext
  readonly #namespace: string
  readonly uses: SubsetUse[] = []

  constructor(context: CompileContext, namespace: string) {
    this.#context = context
    this.#namespace = namespace
  }

  /** One rule; undefined when it cannot match or leads nowhere. */
  rule(http: Fields, owner: ServiceDraft): { route: ServiceRoute; catchAll: boolean } | undefined {
    const match = this.#match(http)
    if (match === undefined) return undefined
    const to = this.#to(http, owner)
    if (to === undefined) return undefined
    const name = http.text('name')
    const timeout = http.durationMs('timeout', { min: 0 })
    const retry = compileRetries(http, timeout)
    checkHeaders(http)
    const catchAll = match.length === 0 || match.some(isCatchAll)
    const route: ServiceRoute = {
      ...(name === undefined || name === '' ? {} : { name }),
      ...(match.length === 0 ? {} : { match }),
      ...to,
      ...(timeout === undefined ? {} : { timeout }),
      ...(retry === undefined ? {} : { retry }),
      origin: originOf(http.at),
    }
    return { route, catchAll }
  }

  /** The blocks of `match`; none for every call, undefined when no block is left. */
  #match(http: Fields): readonly RouteMatch[] | undefined {
    const blocks = http.maps('match')
    if (blocks.length === 0) return []
    const compiled = blocks
      .map((block) => compileHttpMatch(block, this.#context.report))
      .filter((match) => match !== undefined)
    return compiled.length === 0 ? undefined : compiled
  }

  #to(http: Fields, owner: ServiceDraft): Pick<ServiceRoute, 'to'> | undefined {
    const given = http.each('route', weighted)
    if (given.length === 0) {
      if (!['redirect', 'directResponse', 'delegate'].some((action) => http.has(action)))
        http.error('route', 'missing-field', 'A rule needs at least one destination in "route".')
      return undefined
    }
    const targets = given.map((one) => this.#target(one, owner)).filter((target) => target !== undefined)
    const taking = targets.length > 1 ? targets.filter((target) => (target.weight ?? 0) > 0) : targets
    const [first] = taking
    if (first === undefined) {
      if (targets.length > 0) http.error('route', 'invalid-value', 'The weights sum to 0, so no call could be sent.')
      return undefined
    }
    if (taking.length > 1) return { to: this.#split(taking, owner) }
    if (first.service !== owner) return { to: [this.#destination(first, owner)] }
    return first.subset === undefined ? {} : { to: first.subset }
  }

  #target(fields: Fields, owner: ServiceDraft): Target | undefined {
    checkHeaders(fields)
    const weight = fields.integer('weight', { min: 0, max: 2_147_483_647 })
    if (!fields.has('destination')) fields.error('destination', 'missing-field', '"destination" is required.')
    const to = fields.fields('destination', destination)
    const host = to?.requiredText('host')
    if (to === undefined || host === undefined) return undefined
    const service = this.#context.services.use(host, this.#namespace, to.place('host'))
    this.#checkPort(to, service)
    const subset = to.text('subset')
    if (subset === undefined || subset === '') return { service, subset: undefined, weight }
    this.uses.push({ service, caller: owner, subset, at: to.place('subset') })
    return { service, subset, weight }
  }

  #checkPort(to: Fields, service: ServiceDraft): void {
    const port = to.fields('port', { known: ['number'] })?.integer('number', { min: 1, max: 65_535 })
    if (port === undefined || service.ports === undefined) return
    if (service.ports.some((one) => one.port === port)) return
    to.warn('port', 'unknown-port', `The Service of "${service.name}" opens no port ${port}; its endpoints are called.`)
  }

  #split(targets: readonly Target[], owner: ServiceDraft): NonNullable<ServiceRoute['to']> {
    const own = targets.flatMap(({ service, subset, weight }) =>
      service === owner && subset !== undefined ? [[subset, weight ?? 0] as const] : [],
    )
    const names = new Set(own.map(([subset]) => subset))
    if (own.length === targets.length && names.size === own.length) return Object.fromEntries(own)
    return targets.map((target) => ({ ...this.#destination(target, owner), weight: target.weight ?? 0 }))
  }

  #destination({ service, subset }: Target, owner: ServiceDraft): RouteDestination {
    return {
      ...(service === owner ? {} : { service: service.name }),
      ...(subset === undefined ? {} : { subset }),
    }
  }
}
