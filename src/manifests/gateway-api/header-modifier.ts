import { isHeaderName, isHeaderValue } from '../../core/schema/index.js'
import type { HeaderOperations } from '../../routing/action/options.js'
import type { Reporter } from '../diagnostics.js'
import { Fields } from '../fields.js'
import { readHeaderName, readItems, readValue } from './checks.js'

/** A percent sign means nothing in the Gateway API; natively it begins a command. */
function literal(value: string): string {
  return value.replaceAll('%', '%%')
}

function readHeaderValue(fields: Fields): string | undefined {
  const value = readValue(fields, 'value', 4_096)
  if (value === undefined || isHeaderValue(value)) return value
  fields.error('value', 'invalid-value', 'has characters that a header cannot have.')
  return undefined
}

/** Takes note of each name that something is done to; only one thing can be done to a name. */
class Names {
  readonly #seen = new Set<string>()

  add(fields: Fields, field: string, name: string): boolean {
    const lower = name.toLowerCase()
    if (this.#seen.has(lower)) {
      fields.error(
        field,
        'invalid-value',
        `Something is done to the header "${name}" already; once is all there can be.`,
      )
      return false
    }
    this.#seen.add(lower)
    return true
  }
}

function readHeaders(
  parent: Fields,
  field: string,
  names: Names,
  report: Reporter,
): Record<string, string> | undefined {
  const headers: [string, string][] = []
  for (const map of readItems(parent, field, 16)) {
    const fields = new Fields(map, report, { known: ['name', 'value'] })
    const name = readHeaderName(fields, 'name')
    const value = readHeaderValue(fields)
    if (name !== undefined && value !== undefined && names.add(fields, 'name', name))
      headers.push([name.toLowerCase(), literal(value)])
  }
  return headers.length === 0 ? undefined : Object.fromEntries(headers)
}

/** Compiles a RequestHeaderModifier or a ResponseHeaderModifier. */
export function compileHeaderModifier(filter: Fields, field: string, report: Reporter): HeaderOperations | undefined {
  const fields = filter.fields(field, { known: ['set', 'add', 'remove'] })
  if (fields === undefined) return undefined
  const names = new Names()
  const set = readHeaders(fields, 'set', names, report)
  const add = readHeaders(fields, 'add', names, report)
  const given = fields.texts('remove') ?? []
  if (given.length > 16) fields.error('remove', 'invalid-value', `has ${given.length} items; at most 16 can be.`)
  for (const name of given)
    if (name !== '' && !isHeaderName(name)) fields.error('remove', 'invalid-value', `"${name}" is no name of a header.`)
  const remove = given
    .filter((name) => isHeaderName(name) && names.add(fields, 'remove', name))
    .map((name) => name.toLowerCase())
  return {
    ...(set === undefined ? {} : { set }),
    ...(add === undefined ? {} : { add }),
    ...(remove.length === 0 ? {} : { remove }),
  }
}
