import type { StringMatch } from '../../core/string-match.js'
import type { RouteMatch } from '../../routing/index.js'
import type { Reporter } from '../diagnostics.js'
import type { ManifestMap } from '../document.js'
import { Fields, type Vocabulary } from '../fields.js'
import { readHeaderName, readItems, readValue } from './checks.js'
import { type PathCondition, readPath } from './path.js'

const vocabulary: Vocabulary = { known: ['path', 'headers', 'queryParams', 'method'] }
const test: Vocabulary = { known: ['type', 'name', 'value'] }
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const

/** One match of a rule, and what its precedence depends on. */
export interface HttpMatch {
  readonly match: RouteMatch
  readonly path: PathCondition
  /** Conditions beside the path. */
  readonly method: boolean
  readonly headers: number
  readonly queryParams: number
}

/** What a rule without matches has. */
export const matchAll: HttpMatch = {
  match: { path: { pathPrefix: '/' } },
  path: { kind: 'PathPrefix', value: '/' },
  method: false,
  headers: 0,
  queryParams: 0,
}

/** Reads tests by name. Of two for one name the first counts. */
function readTests(
  parent: Fields,
  field: string,
  report: Reporter,
  maxLength: number,
  key: (name: string) => string,
): ReadonlyMap<string, StringMatch> {
  const tests = new Map<string, StringMatch>()
  for (const map of readItems(parent, field, 16)) {
    const fields = new Fields(map, report, test)
    const name = readHeaderName(fields, 'name')
    const type = fields.oneOf('type', ['Exact', 'RegularExpression'])
    const value = readValue(fields, 'value', maxLength)
    const pattern = type === 'RegularExpression' ? fields.regex('value') : undefined
    if (name === undefined || value === undefined) continue
    if (tests.has(key(name)))
      fields.warn('name', 'shadowed', `"${name}" is tested above already: only the first test of a name counts.`)
    else if (type !== 'RegularExpression') tests.set(key(name), value)
    else if (pattern !== undefined) tests.set(key(name), { regex: pattern })
  }
  return tests
}

/** Compiles one entry of `matches`; undefined when an error was reported that would widen it. */
export function compileMatch(map: ManifestMap, report: Reporter): HttpMatch | undefined {
  const fields = new Fields(map, report, vocabulary)
  const path = readPath(fields)
  const method = fields.oneOf('method', methods)
  const headers = readTests(fields, 'headers', report, 4_096, (name) => name.toLowerCase())
  const query = readTests(fields, 'queryParams', report, 1_024, (name) => name)
  if (path === undefined) return undefined
  return {
    match: {
      path: path.match,
      ...(method === undefined ? {} : { method }),
      ...(headers.size === 0 ? {} : { headers: Object.fromEntries(headers) }),
      ...(query.size === 0 ? {} : { query: Object.fromEntries(query) }),
    },
    path: path.condition,
    method: method !== undefined,
    headers: headers.size,
    queryParams: query.size,
  }
}
