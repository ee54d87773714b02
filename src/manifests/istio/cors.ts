import { isHeaderName } from '../../core/schema/index.js'
import type { RouteCorsOptions } from '../../routing/cors/options.js'
import type { Reporter } from '../diagnostics.js'
import type { Fields, Vocabulary } from '../fields.js'
import { readDurationMs } from './duration.js'
import { compileStringMatch, type IstioMatch } from './string-match.js'

const vocabulary: Vocabulary = {
  known: [
    'allowOrigins',
    'allowOrigin',
    'allowMethods',
    'allowHeaders',
    'exposeHeaders',
    'maxAge',
    'allowCredentials',
    'unmatchedPreflights',
  ],
}

const methods: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  '*',
])

function readOrigins(fields: Fields, report: Reporter): readonly IstioMatch[] | undefined {
  const tests = fields.list('allowOrigins')
  const old = fields.texts('allowOrigin')
  // An empty list is none to protobuf.
  if (tests === undefined || tests.items.length === 0) return old?.map((exact) => ({ exact }))
  if (old !== undefined && old.length > 0)
    fields.warn('allowOrigin', 'shadowed', 'It has no effect beside "allowOrigins", which takes its place.')
  return tests.items
    .map((item) => compileStringMatch(item, report, { presence: false, emptyExact: false }))
    .filter((test) => test !== undefined)
}

function readHeaderNames(fields: Fields, name: string): readonly string[] | undefined {
  const names = fields.texts(name)
  for (const one of names ?? [])
    if (one !== '*' && !isHeaderName(one)) fields.error(name, 'invalid-value', `"${one}" is no name of a header.`)
  return names
}

function readMethods(fields: Fields): readonly string[] | undefined {
  const names = fields.texts('allowMethods')
  for (const one of names ?? [])
    if (!methods.has(one)) fields.error('allowMethods', 'invalid-value', `"${one}" is no method.`)
  return names
}

function readMaxAge(fields: Fields): number | undefined {
  const ms = readDurationMs(fields, 'maxAge')
  if (ms === undefined || ms % 1_000 === 0) return ms
  fields.error('maxAge', 'invalid-value', 'must be whole seconds.')
  return undefined
}

/** Reads `corsPolicy`; undefined when there is none. */
export function readCors(http: Fields, report: Reporter): RouteCorsOptions | undefined {
  const fields = http.fields('corsPolicy', vocabulary)
  if (fields === undefined) return undefined
  const allowOrigins = readOrigins(fields, report)
  const allowMethods = readMethods(fields)
  const allowHeaders = readHeaderNames(fields, 'allowHeaders')
  const exposeHeaders = readHeaderNames(fields, 'exposeHeaders')
  const maxAge = readMaxAge(fields)
  const allowCredentials = fields.flag('allowCredentials')
  const unmatched = fields.oneOf('unmatchedPreflights', ['UNSPECIFIED', 'FORWARD', 'IGNORE'])
  return {
    ...(allowOrigins === undefined ? {} : { allowOrigins }),
    ...(allowMethods === undefined ? {} : { allowMethods }),
    ...(allowHeaders === undefined ? {} : { allowHeaders }),
    ...(exposeHeaders === undefined ? {} : { exposeHeaders }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(allowCredentials === undefined ? {} : { allowCredentials }),
    ...(unmatched === 'IGNORE' ? { unmatchedPreflights: 'ignore' } : {}),
  }
}
