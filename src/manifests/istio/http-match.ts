import type { StringMatch } from '../../core/string-match.js'
import type { RouteMatch } from '../../routing/index.js'
import type { Reporter } from '../diagnostics.js'
import type { ManifestMap } from '../document.js'
import { Fields, type Vocabulary } from '../fields.js'
import { compileStringMatch } from './string-match.js'

const vocabulary: Vocabulary = {
  known: [
    'name',
    'uri',
    'ignoreUriCase',
    'scheme',
    'method',
    'authority',
    'headers',
    'withoutHeaders',
    'queryParams',
    'gateways',
    'port',
    'sourceLabels',
    'sourceNamespace',
  ],
  unsupported: { statPrefix: { severity: 'warning', message: 'Statistics of a route have no prefix of their own.' } },
}

/** Conditions on the caller or the listener, which a library inside the caller has no way to look at. */
const ofTheSidecar = ['port', 'sourceLabels', 'sourceNamespace'] as const

function compileMap(
  fields: Fields,
  name: string,
  report: Reporter,
  adapt: (match: StringMatch) => StringMatch = (match) => match,
): Record<string, StringMatch> | undefined {
  const map = fields.map(name)
  if (map === undefined) return undefined
  const matches: [string, StringMatch][] = []
  for (const [key, { value }] of map.entries) {
    const match = compileStringMatch(value, report)
    if (match !== undefined) matches.push([key, adapt(match)])
  }
  return Object.fromEntries(matches)
}

function negated(match: StringMatch): StringMatch {
  if (typeof match === 'string') return { exact: match, not: true }
  return match.present === true ? { present: false } : { ...match, not: true }
}

/** Why a block cannot be honoured; a condition that were left out would widen it. */
function refusal(fields: Fields): { field: string; why: string } | undefined {
  for (const field of ofTheSidecar)
    if (fields.has(field)) return { field, why: `"${field}" describes the sidecar's side, which is not looked at` }
  for (const field of ['headers', 'withoutHeaders'])
    for (const key of fields.map(field)?.entries.keys() ?? []) {
      if (key.startsWith('@')) return { field, why: 'tests of token claims are for gateways' }
      if (key.startsWith(':')) return { field, why: `"${key}" is no header; use uri, method, scheme or authority` }
      if (field === 'withoutHeaders' && fields.map('headers')?.entries.has(key) === true)
        return { field, why: `"${key}" is tested in headers already` }
    }
  return undefined
}

/** Compiles one block of `match`; undefined when it can never match here. */
export function compileHttpMatch(map: ManifestMap, report: Reporter): RouteMatch | undefined {
  const fields = new Fields(map, report, vocabulary)
  fields.text('name')
  const gateways = fields.texts('gateways')
  if (gateways !== undefined && !gateways.includes('mesh')) {
    fields.warn('gateways', 'unsupported-field', 'The block is left out: it is for a gateway, not for the mesh.')
    return undefined
  }
  const refused = refusal(fields)
  if (refused !== undefined) {
    fields.warn(refused.field, 'unsupported-field', `The block is left out: ${refused.why}.`)
    return undefined
  }
  const single = (name: string, ignoreCase = false): StringMatch | undefined => {
    const value = fields.value(name)
    return value === undefined ? undefined : compileStringMatch(value, report, ignoreCase)
  }
  const path = single('uri', fields.flag('ignoreUriCase'))
  const method = single('method')
  const scheme = single('scheme')
  const authority = single('authority')
  const present = compileMap(fields, 'headers', report)
  const absent = compileMap(fields, 'withoutHeaders', report, negated)
  const headers = present === undefined && absent === undefined ? undefined : { ...present, ...absent }
  const query = compileMap(fields, 'queryParams', report)
  return {
    ...(path === undefined ? {} : { path }),
    ...(method === undefined ? {} : { method }),
    ...(scheme === undefined ? {} : { scheme }),
    ...(authority === undefined ? {} : { authority }),
    ...(headers === undefined ? {} : { headers }),
    ...(query === undefined ? {} : { query }),
  }
}

/** Whether a block takes every call: nothing after it can ever match. */
export function isCatchAll(match: RouteMatch): boolean {
  const { path, ...others } = match
  if (Object.values(others).some((value) => value !== undefined && Object.keys(value).length > 0)) return false
  if (path === undefined) return true
  if (typeof path === 'string') return false
  return path.present === true || path.prefix === '/' || path.prefix === '' || path.regex === '.*'
}
