import type { StringMatch } from '../../core/string-match.js'
import type { RouteCorsOptions } from '../../routing/cors/options.js'
import type { Fields, Vocabulary } from '../fields.js'

const vocabulary: Vocabulary = {
  known: ['allowOrigins', 'allowCredentials', 'allowMethods', 'allowHeaders', 'exposeHeaders', 'maxAge'],
}
const origin = /^https?:\/\/(?:\*|(?:\*\.)?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)(?::\d{1,5})?$/
const method = /^(?:GET|HEAD|POST|PUT|DELETE|CONNECT|OPTIONS|TRACE|PATCH|\*)$/
const header = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/
const special = /[.+?^${}()|[\]\\]/g

/** Reads a list of texts of one form, where `*` stands alone. */
function readList(
  fields: Fields,
  name: string,
  max: number,
  form: RegExp,
  what: string,
): readonly string[] | undefined {
  const texts = fields.texts(name)
  if (texts === undefined) return undefined
  if (texts.length > max) fields.error(name, 'invalid-value', `has ${texts.length} items; at most ${max} can be.`)
  if (new Set(texts).size < texts.length) fields.error(name, 'invalid-value', 'must not have an item twice.')
  for (const text of texts)
    if (text !== '*' && !form.test(text)) fields.error(name, 'invalid-value', `"${text}" is no ${what}.`)
  if (texts.length > 1 && texts.includes('*') && name !== 'exposeHeaders')
    fields.error(name, 'invalid-value', '"*" stands for all: it must be alone.')
  return texts.length === 0 ? undefined : texts
}

/** A `*` in the host stands for any number of labels to its left. */
function originMatch(text: string): StringMatch {
  if (text === '*' || !text.includes('*')) return text
  return { regex: text.replace(special, '\\$&').replaceAll('*', '.*') }
}

/** Compiles a CORS filter. A preflight of another origin is answered without the headers that would let it in. */
export function compileCors(filter: Fields): RouteCorsOptions | undefined {
  const fields = filter.fields('cors', vocabulary)
  if (fields === undefined) return undefined
  const allowOrigins = readList(fields, 'allowOrigins', 64, origin, 'origin like "https://*.example.com:8443"')
  const allowMethods = readList(fields, 'allowMethods', 9, method, 'method')
  const allowHeaders = readList(fields, 'allowHeaders', 64, header, 'name of a header')
  const exposed = readList(fields, 'exposeHeaders', 64, header, 'name of a header')
  const allowCredentials = fields.flag('allowCredentials') ?? false
  const maxAge = fields.integer('maxAge', { min: 1, max: 2_147_483 }) ?? 5
  // Browsers take "*" literally when credentials are sent.
  const exposeHeaders = allowCredentials ? exposed?.filter((name) => name !== '*') : exposed
  return {
    ...(allowOrigins === undefined ? {} : { allowOrigins: allowOrigins.map(originMatch) }),
    ...(allowMethods === undefined ? {} : { allowMethods }),
    ...(allowHeaders === undefined ? {} : { allowHeaders }),
    ...(exposeHeaders === undefined || exposeHeaders.length === 0 ? {} : { exposeHeaders }),
    ...(allowCredentials ? { allowCredentials } : {}),
    maxAge: maxAge * 1_000,
    unmatchedPreflights: 'refuse',
  }
}
