import type { ClientCall } from '../core/call.js'
import type { HeaderMap } from '../core/headers.js'
import { compileMatch, type StringMatch } from '../core/string-match.js'
import type { RouteMatch } from './options.js'
import { queryValue } from './query.js'

/** One test of a call; `path` is the call's path without its query. */
export interface Condition {
  /** What is tested, for `explain`: names only, since values may be secret. */
  readonly what: string
  test(call: ClientCall, path: string): boolean
}

/** How the path condition can be looked up in an index instead of being tested. */
type PathKey =
  | { readonly kind: 'exact'; readonly text: string }
  | { readonly kind: 'prefix'; readonly text: string }
  | { readonly kind: 'any' }

/** An alternative of a route, compiled. */
export interface CompiledMatch {
  /** `any` when the path is not tested, or needs a test that no index answers. */
  readonly path: PathKey
  /** What the index does not answer, the cheap tests first. */
  readonly rest: readonly Condition[]
  /** Everything, for `explain`. */
  readonly conditions: readonly Condition[]
}

function pathKey(match: StringMatch | undefined): PathKey {
  if (match === undefined) return { kind: 'any' }
  if (typeof match === 'string') return { kind: 'exact', text: match }
  if (match.not === true || match.ignoreCase === true) return { kind: 'any' }
  if (match.exact !== undefined) return { kind: 'exact', text: match.exact }
  if (match.prefix !== undefined) return { kind: 'prefix', text: match.prefix }
  return { kind: 'any' }
}

/** `get` joins by `, `, Envoy by `,`. */
function headerValue(headers: HeaderMap, name: string): string | undefined {
  const value = headers.get(name)
  return value?.includes(', ') === true ? headers.getAll(name).join(',') : value
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

function headerCondition(name: string, match: StringMatch): Condition[] {
  const lower = name.toLowerCase()
  if (lower === 'host') return condition('header host', match, (call) => call.authority)
  return condition(`header ${lower}`, match, (call) => headerValue(call.headers, lower))
}

/** Compiles one alternative. Throws for a pattern that RE2 refuses. */
export function compileRouteMatch(match: RouteMatch): CompiledMatch {
  const others = [
    ...condition('method', match.method, (call) => call.method),
    ...condition('scheme', match.scheme, (call) => call.scheme),
    ...condition('authority', match.authority, (call) => call.authority),
    ...Object.entries(match.headers ?? {}).flatMap(([name, test]) => headerCondition(name, test)),
    ...Object.entries(match.query ?? {}).flatMap(([name, test]) =>
      condition(`query ${name}`, test, (call) => queryValue(call.path, name)),
    ),
  ]
  const path = condition('path', match.path, (_, text) => text)
  const key = pathKey(match.path)
  return { path: key, rest: key.kind === 'any' ? [...others, ...path] : others, conditions: [...path, ...others] }
}
