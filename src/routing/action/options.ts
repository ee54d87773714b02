import { compileRegex } from '../../core/regex.js'
import { compileRewrite } from '../../core/rewrite.js'
import {
  anyText,
  authority,
  either,
  headerFields,
  headerValue,
  integer,
  isHeaderName,
  lineText,
  list,
  object,
  oneOf,
  pattern,
  rule,
  type Schema,
  text,
  wirePath,
} from '../../core/schema/index.js'
import { compileFormat } from './format.js'

/**
 * Changes to headers: what is removed goes first, then `set` overwrites and `add` appends (Envoy `HeaderParser`). Values
 * may hold Envoy's `%COMMAND%`s; a literal `%` is written `%%`. `host` in a request's `set` or `add` changes the authority.
 */
export interface HeaderOperations {
  /** Values by name; one takes the place of all that the header had. */
  set?: Readonly<Record<string, string>> | undefined
  /** Values by name, put behind those that the header has. */
  add?: Readonly<Record<string, string>> | undefined
  /** Names of headers that are taken off. */
  remove?: readonly string[] | undefined
}

/** Header operations of a route, or of one of its destinations. */
export interface RouteHeaders {
  /** Changes to the request, before the callee sees it. */
  request?: HeaderOperations | undefined
  /** Changes to the reply, a local one too, before the caller sees it. */
  response?: HeaderOperations | undefined
}

/** Answers with a redirect instead of calling. Needs at least one of `path`, `pathPrefix`, `authority`, `scheme`, `port`. */
export interface RedirectOptions {
  /** The whole new path. The query of the call is kept unless this has one. */
  path?: string | undefined
  /** Takes the place of what a `pathPrefix` match matched, by whole segments (Gateway API `ReplacePrefixMatch`). */
  pathPrefix?: string | undefined
  /** New host, with or without a port. Default: the call's. */
  authority?: string | undefined
  /** Default: the call's. */
  scheme?: 'http' | 'https' | undefined
  /** A number, `scheme` for 80 or 443, `request` for the port of the call. Default: that of the authority. */
  port?: number | 'scheme' | 'request' | undefined
  /** Default 301. */
  status?: 301 | 302 | 303 | 307 | 308 | undefined
}

/** Answers instead of calling. */
export interface DirectResponseOptions {
  /** 200 to 599. */
  status: number
  /** Up to 1 MiB. Default: empty. */
  body?: string | undefined
}

/** A replacement in the path. */
export interface RegexRewrite {
  /** RE2; every match is replaced. */
  pattern: string
  /** `\1` stands for what the first group matched. */
  substitution: string
}

/** What the callee sees of path and Host. At most one of `matched`, `path`, `pathPrefix`, `regex`. The query stays. */
export interface RewriteOptions {
  /** Takes the place of what the path condition matched: of a prefix, else of the whole path (Istio `rewrite.uri`). */
  matched?: string | undefined
  /** The whole new path (Gateway API `ReplaceFullPath`). */
  path?: string | undefined
  /** Takes the place of what a `pathPrefix` match matched, by whole segments (Gateway API `ReplacePrefixMatch`). */
  pathPrefix?: string | undefined
  /** Istio `uriRegexRewrite`. */
  regex?: RegexRewrite | undefined
  /** New Host. */
  authority?: string | undefined
}

/** A copy of each call, sent without waiting for the answer, which is thrown away. */
export interface MirrorOptions {
  /** Default: the service that the route belongs to. */
  service?: string | undefined
  /** Default: all of the service's endpoints. */
  subset?: string | undefined
  /** Share of the calls, 0 to 100. Default 100. */
  percentage?: number | undefined
}

const headerText: Schema<string> = rule(headerValue, (value, report) => {
  try {
    compileFormat(value)
  } catch (error) {
    report([], error instanceof Error ? error.message : 'is not understood')
  }
})

function isName(name: string): boolean {
  return isHeaderName(name) || name.toLowerCase() === ':authority'
}

const headerName: Schema<string> = rule(text, (value, report) => {
  if (!isName(value)) report([], 'is not a header name')
})

const operations: Schema<HeaderOperations> = object<HeaderOperations>({
  set: headerFields(headerText, isName),
  add: headerFields(headerText, isName),
  remove: list(headerName),
})

/** Schema of `headers`. */
export const routeHeaders: Schema<RouteHeaders> = object<RouteHeaders>({ request: operations, response: operations })

const redirectStatus: Schema<NonNullable<RedirectOptions['status']>> = rule(integer(301, 308), (value, report) => {
  if (![301, 302, 303, 307, 308].includes(value)) report([], 'must be 301, 302, 303, 307 or 308')
}) as Schema<NonNullable<RedirectOptions['status']>>

/** Schema of `redirect`. */
export const redirectOptions: Schema<RedirectOptions> = rule(
  object<RedirectOptions>({
    path: lineText,
    pathPrefix: headerValue,
    authority: lineText,
    scheme: oneOf('http', 'https'),
    port: either(integer(1, 65_535), oneOf('scheme', 'request')),
    status: redirectStatus,
  }),
  ({ status: _, ...where }, report) => {
    if (Object.values(where).every((value) => value === undefined))
      report([], 'needs at least one of path, pathPrefix, authority, scheme, port')
    if (where.path !== undefined && where.pathPrefix !== undefined) report(['pathPrefix'], 'excludes path')
  },
)

const directBody: Schema<string> = rule(anyText, (value, report) => {
  if (Buffer.byteLength(value) > 1_048_576) report([], 'is longer than 1 MiB')
})

/** Schema of `directResponse`. */
export const directResponseOptions: Schema<DirectResponseOptions> = object<DirectResponseOptions>(
  { status: integer(200, 599), body: directBody },
  ['status'],
)

const regexRewrite: Schema<RegexRewrite> = rule(
  object<RegexRewrite>({ pattern, substitution: anyText }, ['pattern', 'substitution']),
  (value, report) => {
    try {
      compileRewrite(compileRegex(value.pattern), value.substitution)
    } catch (error) {
      report(['substitution'], error instanceof Error ? error.message : 'is not understood')
    }
  },
)

/** Schema of `rewrite`. */
export const rewriteOptions: Schema<RewriteOptions> = rule(
  object<RewriteOptions>({
    matched: wirePath(anyText),
    path: wirePath(text),
    pathPrefix: wirePath(anyText),
    regex: regexRewrite,
    authority,
  }),
  ({ authority: _, ...path }, report) => {
    const given = Object.entries(path).filter(([, value]) => value !== undefined)
    if (given.length > 1) report([], `has ${given.map(([name]) => name).join(' and ')}; one of them at most`)
  },
)
