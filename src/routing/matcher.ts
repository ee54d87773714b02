import type { ClientCall } from '../core/call.js'
import { queryValue } from '../core/query.js'
import { compileMatch, type StringMatch } from '../core/string-match.js'
import { headerValues } from './header-value.js'
import { literalPrefix } from './literal-prefix.js'
import type { PathMatch, RouteMatch } from './options.js'

/** One test of a call; `path` is the call's path without its query. */
export interface Condition {
  /** What is tested, for `explain`: names only, since values may be secret. */
  readonly what: string
  test(call: ClientCall, path: string): boolean
}

/** How the path condition can be looked up in an index instead of being tested. */
export interface PathKey {
  /** `prefix` goes by characters, `segments` by whole segments; `any` needs no lookup. */
  readonly kind: 'exact' | 'prefix' | 'segments' | 'any'
  readonly text: string
  /** The text is in lower case, and so must be what is looked up. */
  readonly folded: boolean
}

/** A header that must have just this value. */
export interface HeaderKey {
  /** In lower case. */
  readonly name: string
  readonly value: string
}

/** An alternative of a route, compiled. */
export interface CompiledMatch {
  readonly path: PathKey
  /** Headers that an index can answer for. */
  readonly headers: readonly HeaderKey[]
  /** What the index of paths does not answer, the cheap tests first. */
  readonly rest: readonly Condition[]
  /** Everything, for `explain`. */
  readonly conditions: readonly Condition[]
}

/** The workload that calls, as far as routes ask. */
export interface Workload {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
}

const anyPath: PathKey = { kind: 'any', text: '', folded: false }

function withoutSlash(prefix: string): string {
  return prefix.endsWith('/') ? prefix.slice(0, -1) : prefix
}

/** What the alternative matches of a path: the prefix that it asks for; undefined for the whole path. */
export function matchedPrefix(match: RouteMatch | undefined): string | undefined {
  const path = match?.path
  if (path === undefined || typeof path === 'string') return undefined
  if ('pathPrefix' in path) return withoutSlash(path.pathPrefix)
  return path.not === true ? undefined : path.prefix
}

/** The key, and whether finding it is all that the condition asks. */
function pathKey(match: PathMatch): { readonly key: PathKey; readonly complete: boolean } {
  const keyed = (
    kind: PathKey['kind'],
    text: string,
    complete: boolean,
    folded = false,
  ): ReturnType<typeof pathKey> => ({
    key: { kind, text: folded ? text.toLowerCase() : text, folded },
    complete,
  })
  if (typeof match === 'string') return keyed('exact', match, true)
  if ('pathPrefix' in match) {
    const prefix = withoutSlash(match.pathPrefix)
    return prefix === '' ? { key: anyPath, complete: true } : keyed('segments', prefix, true)
  }
  if (match.not === true) return { key: anyPath, complete: false }
  if (match.exact !== undefined) return keyed('exact', match.exact, true, match.ignoreCase)
  if (match.prefix === '/') return { key: anyPath, complete: true }
  if (match.prefix !== undefined) return keyed('prefix', match.prefix, true, match.ignoreCase)
  const begins = match.regex === undefined || match.ignoreCase === true ? '' : literalPrefix(match.regex)
  return begins === '' ? { key: anyPath, complete: false } : keyed('prefix', begins, false)
}

function condition(
  what: string,
  match: StringMatch | undefined,
  read: (call: ClientCall, path: string) => string | undefined,
): Condition[] {
  if (match === undefined) return []
  const matches = compileMatch(match)
  return [{ what, test: (call, path) => matches(read(call, path)) }]
}

function pathCondition(match: PathMatch | undefined): Condition[] {
  if (typeof match !== 'object' || !('pathPrefix' in match)) return condition('path', match, (_, path) => path)
  const prefix = withoutSlash(match.pathPrefix)
  return [{ what: 'path', test: (_, path) => path === prefix || path.startsWith(`${prefix}/`) }]
}

/** What a header condition may name that is no header. */
const requestLine: Readonly<Record<string, (call: ClientCall) => string>> = {
  host: (call) => call.authority,
  ':authority': (call) => call.authority,
  ':method': (call) => call.method,
  ':scheme': (call) => call.scheme,
  ':path': (call) => call.path,
}

function requestLineOf(name: string): ((call: ClientCall) => string) | undefined {
  return Object.hasOwn(requestLine, name) ? requestLine[name] : undefined
}

/** A turned test of a value takes a missing header for an empty one, as Envoy's `withoutHeaders` of Istio do. */
function headerCondition(name: string, match: StringMatch): Condition[] {
  const lower = name.toLowerCase()
  const what = `header ${lower}`
  const fromLine = requestLineOf(lower)
  if (fromLine !== undefined) return condition(what, match, fromLine)
  const turned = typeof match === 'object' && match.not === true && match.present === undefined
  const matches = compileMatch(match)
  return [
    {
      what,
      test(call) {
        const values = headerValues(call.headers, lower)
        if (typeof values === 'object') return turned ? values.every(matches) : values.some(matches)
        return matches(turned ? (values ?? '') : values)
      },
    },
  ]
}

function headerKeys(headers: RouteMatch['headers']): HeaderKey[] {
  return Object.entries(headers ?? {}).flatMap(([name, match]) => {
    const lower = name.toLowerCase()
    if (requestLineOf(lower) !== undefined) return []
    if (typeof match === 'string') return [{ name: lower, value: match }]
    if (match.exact === undefined || match.not === true || match.ignoreCase === true) return []
    return [{ name: lower, value: match.exact }]
  })
}

/** What the calling workload fails to be. Decided once: it never changes. */
function misfits(match: RouteMatch, workload: Workload): Condition[] {
  const never = (what: string): Condition => ({ what, test: () => false })
  const { sourceLabels, sourceNamespace } = match
  return [
    ...(sourceNamespace === undefined || sourceNamespace === workload.namespace ? [] : [never('source namespace')]),
    ...Object.entries(sourceLabels ?? {}).flatMap(([label, value]) =>
      Object.hasOwn(workload.labels, label) && workload.labels[label] === value ? [] : [never(`source label ${label}`)],
    ),
  ]
}

/** Whether the alternative can match at all, for calls of this workload. */
export function fits(match: RouteMatch, workload: Workload): boolean {
  return misfits(match, workload).length === 0
}

/** Whether a route with these alternatives can match at all, for calls of this workload. */
export function isFor(match: readonly RouteMatch[] | undefined, workload: Workload): boolean {
  return match?.some((one) => fits(one, workload)) ?? true
}

/** Compiles one alternative. Throws for a pattern that RE2 refuses. */
export function compileRouteMatch(match: RouteMatch, workload: Workload): CompiledMatch {
  const others = [
    ...condition('method', match.method, (call) => call.method),
    ...condition('scheme', match.scheme, (call) => call.scheme),
    ...condition('authority', match.authority, (call) => call.authority),
    ...Object.entries(match.headers ?? {}).flatMap(([name, test]) => headerCondition(name, test)),
    ...Object.entries(match.query ?? {}).flatMap(([name, test]) =>
      condition(`query ${name}`, test, (call) => queryValue(call.path, name)),
    ),
  ]
  const path = pathCondition(match.path)
  const { key, complete } = match.path === undefined ? { key: anyPath, complete: true } : pathKey(match.path)
  return {
    path: key,
    headers: headerKeys(match.headers),
    rest: complete ? others : [...others, ...path],
    conditions: [...misfits(match, workload), ...path, ...others],
  }
}
