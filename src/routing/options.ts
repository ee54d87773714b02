import { type Origin, origin } from '../core/origin.js'
import {
  anyText,
  either,
  integer,
  list,
  number,
  object,
  type Report,
  record,
  rule,
  type Schema,
  stringMatch,
  text,
} from '../core/schema/index.js'
import type { StringMatch } from '../core/string-match.js'
import {
  type DirectResponseOptions,
  directResponseOptions,
  type MirrorOptions,
  type RedirectOptions,
  type RewriteOptions,
  type RouteHeaders,
  redirectOptions,
  rewriteOptions,
  routeHeaders,
} from './action/options.js'
import { type RouteCorsOptions, routeCorsOptions } from './cors/options.js'
import { type FaultOptions, faultOptions } from './fault/options.js'

/** A prefix of a path by whole segments, `/foo` of `/foo/bar` but not of `/foobar` (Gateway API `PathPrefix`). */
export interface PathPrefixMatch {
  /** A trailing `/` is of no account. */
  pathPrefix: string
}

/** A test of a path: of the string, or by whole segments. */
export type PathMatch = StringMatch | PathPrefixMatch

/** Conditions on a call; all of them must hold. Values are compared as they go to the wire, case-sensitively. */
export interface RouteMatch {
  /**
   * Path without its query. `prefix` is a raw string prefix: `/foo` also matches `/foobar`; `pathPrefix` goes by whole
   * segments.
   */
  path?: PathMatch | undefined
  /** Case-sensitive: `GET`. */
  method?: StringMatch | undefined
  /**
   * By name in any case; of a repeated header one value must hold, for `not` none (Envoy 1.40). `host`, `:authority`,
   * `:method`, `:scheme` and `:path` (with its query) are those of the request.
   */
  headers?: Readonly<Record<string, StringMatch>> | undefined
  /** First value of a query parameter, not decoded; `?k` and `?k=` both have the value `''`. */
  query?: Readonly<Record<string, StringMatch>> | undefined
  /** `http` or `https`, of the URL that was called. */
  scheme?: StringMatch | undefined
  /** The Host header, with its port if it has one. */
  authority?: StringMatch | undefined
  /** Labels that the calling workload must have. Decided once: an alternative that does not fit is left out. */
  sourceLabels?: Readonly<Record<string, string>> | undefined
  /** Namespace that the calling workload must be in. Decided once. */
  sourceNamespace?: string | undefined
}

/** One of several destinations of a route. */
export interface RouteDestination<Subset extends string = string> {
  /** Default: the service that the route belongs to. */
  service?: string | undefined
  /** Default: all of the service's endpoints. */
  subset?: Subset | undefined
  /** Share relative to the other weights: 0 to 2^31 - 1. Required beside others; a single destination takes all. */
  weight?: number | undefined
  /** Header operations for the calls that fall here; they come before those of the route. */
  headers?: RouteHeaders | undefined
  /** Answers with this status and an empty body instead of calling: Gateway API's share of an invalid backend. 400 to 599. */
  status?: number | undefined
}

/** Where a route leads: a subset, subsets by weight, or destinations that may belong to other services. */
export type RouteTarget<Subset extends string = string> =
  | Subset
  | { readonly [Name in Subset]?: number | undefined }
  | readonly RouteDestination<Subset>[]

/** A rule of a service: the first one that matches a call decides. Policies of a route are added by the config. */
export interface RouteOptions<Subset extends string = string> {
  /** For logs, metrics and `explain`. Default: the service's name and the position. */
  name?: string | undefined
  /** Alternatives, at least one. Default: every call. */
  match?: readonly RouteMatch[] | undefined
  /** Default: all endpoints of the service. */
  to?: RouteTarget<Subset> | undefined
  /** Answer with a redirect instead of calling. Excludes `to`, `directResponse` and `rewrite`. */
  redirect?: RedirectOptions | undefined
  /** Answer instead of calling. Excludes `to`, `redirect` and `rewrite`. */
  directResponse?: DirectResponseOptions | undefined
  /** What the callee sees of path and Host. Comes after `headers`. */
  rewrite?: RewriteOptions | undefined
  /** Changes to the headers of calls and replies. */
  headers?: RouteHeaders | undefined
  /** Trouble on purpose. */
  fault?: FaultOptions | undefined
  /** Copies of the calls, sent elsewhere without waiting. Each draws its own share. */
  mirrors?: readonly MirrorOptions[] | undefined
  /** Browsers' cross-origin calls. */
  cors?: RouteCorsOptions | undefined
  /** Set by manifests. */
  origin?: Origin | undefined
}

const weight = integer(0, 2_147_483_647)

const pathPrefix: Schema<string> = rule(text, (value, report) => {
  if (!value.startsWith('/')) report([], 'must begin with "/"')
})

/** Schema of one alternative of `match`. */
const routeMatch: Schema<RouteMatch> = object<RouteMatch>({
  path: either(stringMatch, object<{ pathPrefix: string }>({ pathPrefix }, ['pathPrefix'])),
  method: stringMatch,
  headers: record(stringMatch),
  query: record(stringMatch),
  scheme: stringMatch,
  authority: stringMatch,
  sourceLabels: record(anyText),
  sourceNamespace: text,
})

const destination: Schema<RouteDestination> = object<RouteDestination>({
  service: text,
  subset: text,
  weight,
  headers: routeHeaders,
  status: integer(400, 599),
})

/** Schemas of a route's own fields; the config adds those of the policies and puts `checkRoute` around the whole. */
export const routeFields: {
  readonly [Key in keyof RouteOptions]-?: Schema<Exclude<RouteOptions[Key], undefined>>
} = {
  name: text,
  match: list(routeMatch, { min: 1 }),
  to: either(text, list(destination, { min: 1 }), record(weight)),
  redirect: redirectOptions,
  directResponse: directResponseOptions,
  rewrite: rewriteOptions,
  headers: routeHeaders,
  fault: faultOptions,
  mirrors: list(object<MirrorOptions>({ service: text, subset: text, percentage: number(0, 100) })),
  cors: routeCorsOptions,
  origin,
}

/** What no field tells alone: one answer at most, no rewrite of an answer, weights that make a split. */
export function checkRoute(route: RouteOptions, report: Report): void {
  const { to } = route
  const answers = [
    ['redirect', route.redirect],
    ['directResponse', route.directResponse],
    ['to', to],
  ].filter(([, value]) => value !== undefined)
  if (answers.length > 1) report([], `has ${answers.map(([name]) => name).join(' and ')}; only one can be`)
  if (to === undefined && answers.length > 0 && route.rewrite !== undefined)
    report(['rewrite'], 'has no effect: the call is answered here')
  if (to === undefined || typeof to === 'string') return
  const destinations = destinationsOf(to, '')
  if (destinations.length === 0) report(['to'], 'names no subset')
  if (destinations.length < 2) return
  for (const [i, one] of destinations.entries())
    if (one.weight === undefined) report(['to', i], 'needs a weight, since there are several destinations')
  if (destinations.every((one) => one.weight === 0))
    report(['to'], 'has weights that sum to 0, so no call could be sent')
}

/** A destination with its defaults filled in. */
export interface RouteDestinationRef {
  readonly service: string
  readonly subset: string | undefined
  readonly weight: number | undefined
  readonly headers?: RouteHeaders | undefined
  readonly status?: number | undefined
}

function isList(to: Exclude<RouteTarget, string>): to is readonly RouteDestination[] {
  return Array.isArray(to)
}

/** The destinations behind any form of `to`. */
export function destinationsOf(to: RouteTarget | undefined, service: string): RouteDestinationRef[] {
  if (to === undefined) return [{ service, subset: undefined, weight: undefined }]
  if (typeof to === 'string') return [{ service, subset: to, weight: undefined }]
  if (isList(to))
    return to.map((one) => ({ ...one, service: one.service ?? service, subset: one.subset, weight: one.weight }))
  return Object.entries(to).map(([subset, share]) => ({ service, subset, weight: share }))
}
