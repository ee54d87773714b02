import { compileMatch } from '../../core/string-match.js'
import type { RouteMatch } from '../../routing/index.js'
import { meshGateway } from './gateway-names.js'
import type { HttpMatch } from './http-match.js'
import type { IstioMatch } from './string-match.js'

/**
 * Whether a block is for a mesh's calls to a port. What depends on the calling workload is left in the block: the mesh
 * decides it.
 */
export function isForPort({ port, gateways }: HttpMatch, called: number): boolean {
  return (port === undefined || port === called) && (gateways.length === 0 || gateways.includes(meshGateway))
}

/** Whether a block takes every call that its `port` and `gateways` let through: nothing after it can ever match. */
export function isCatchAll(match: HttpMatch): boolean {
  const { uri, scheme, method, authority, headers, withoutHeaders, queryParams } = match
  if (scheme !== undefined || method !== undefined || authority !== undefined) return false
  if (headers.size > 0 || withoutHeaders.size > 0 || queryParams.size > 0) return false
  if (match.gateways.length === 0 && (match.sourceLabels.size > 0 || match.sourceNamespace !== undefined)) return false
  return uri === undefined || uri.present === true || uri.prefix === '/' || uri.regex === '.*'
}

function isPlain(match: IstioMatch): boolean {
  return match.exact !== undefined || match.prefix !== undefined
}

function pathOf({ uri, ignoreUriCase }: HttpMatch): IstioMatch | undefined {
  if (uri === undefined || uri.present === true) return undefined
  return ignoreUriCase && isPlain(uri) ? { ...uri, ignoreCase: true } : uri
}

/** Names mean the same header in any case, so a second test of one header stands under another spelling of its name. */
function addTest(tests: Map<string, IstioMatch>, name: string, test: IstioMatch): void {
  const lower = name.toLowerCase()
  let spelling = name
  for (let bits = 0; tests.has(spelling) && bits < 2 ** Math.min(lower.length, 8); bits++)
    spelling = Array.from(lower, (char, i) => ((bits >> i) & 1 ? char.toUpperCase() : char)).join('')
  tests.set(spelling, test)
}

/** A missing header counts as an empty one, unless it is its presence that is not wanted. */
function addNegated(tests: Map<string, IstioMatch>, name: string, match: IstioMatch): void {
  if (match.present === true) return addTest(tests, name, { present: false })
  addTest(tests, name, { ...match, not: true })
  if (compileMatch(match)('')) addTest(tests, name, { present: true })
}

function headersOf({ headers, withoutHeaders }: HttpMatch): Map<string, IstioMatch> {
  const tests = new Map<string, IstioMatch>()
  for (const [name, match] of headers) addTest(tests, name, match)
  for (const [name, match] of withoutHeaders) addNegated(tests, name, match)
  return tests
}

/** A block as the conditions of a native route. */
export function toRouteMatch(match: HttpMatch): RouteMatch {
  const { method, scheme, authority, queryParams } = match
  const path = pathOf(match)
  const headers = headersOf(match)
  const bySource = match.gateways.length === 0
  const { sourceLabels, sourceNamespace } = match
  return {
    ...(path === undefined ? {} : { path }),
    ...(method === undefined ? {} : { method }),
    ...(scheme === undefined ? {} : { scheme }),
    ...(authority === undefined ? {} : { authority }),
    ...(headers.size === 0 ? {} : { headers: Object.fromEntries(headers) }),
    ...(queryParams.size === 0 ? {} : { query: Object.fromEntries(queryParams) }),
    ...(bySource && sourceLabels.size > 0 ? { sourceLabels: Object.fromEntries(sourceLabels) } : {}),
    ...(bySource && sourceNamespace !== undefined ? { sourceNamespace } : {}),
  }
}

/** The same, the path condition being there in any case: every path has the prefix `/`. */
export function toPrefixMatch(match: HttpMatch): RouteMatch {
  return { path: { prefix: '/' }, ...toRouteMatch(match) }
}
