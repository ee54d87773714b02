import type { ManifestMap } from '../document.js'
import type { Fields } from '../fields.js'

const headerName = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/
const kindName = /^[a-zA-Z](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/
const sectionName = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const namespaceName = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/

/** The mappings of a list that may have so many items and no more. */
export function readItems(fields: Fields, name: string, max: number, min = 0): readonly ManifestMap[] {
  const count = fields.list(name)?.items.length
  if (count !== undefined && count > max)
    fields.error(name, 'invalid-value', `has ${count} items; at most ${max} can be.`)
  if (count !== undefined && count < min) fields.error(name, 'invalid-value', `needs at least ${min} item.`)
  return fields.maps(name)
}

function readForm(fields: Fields, name: string, form: RegExp, max: number, what: string): string | undefined {
  const text = fields.text(name)
  if (text === undefined || (text.length > 0 && text.length <= max && form.test(text))) return text
  fields.error(name, 'invalid-value', `must be ${what} of at most ${max} characters.`)
  return undefined
}

/** Name of a header or of a query parameter, which has to be there. */
export function readHeaderName(fields: Fields, name: string): string | undefined {
  if (!fields.has(name)) fields.error(name, 'missing-field', `"${name}" is required.`)
  return readForm(fields, name, headerName, 256, 'a token (letters, digits, and none of "(),/:;<=>?@[]{}" or spaces)')
}

/** Name of a listener, a port or a rule. */
export function readSectionName(fields: Fields, name: string): string | undefined {
  return readForm(fields, name, sectionName, 253, 'lower-case letters, digits, "-" and "."')
}

/** A namespace. */
export function readNamespace(fields: Fields, name: string): string | undefined {
  return readForm(fields, name, namespaceName, 63, 'lower-case letters, digits and "-"')
}

/** Kind of an object. */
export function readKind(fields: Fields, name: string): string | undefined {
  return readForm(fields, name, kindName, 63, 'letters, digits and "-"')
}

/** Group of an object; empty for what belongs to Kubernetes itself. */
export function readGroup(fields: Fields, name: string): string | undefined {
  if (fields.text(name) === '') return ''
  return readForm(fields, name, sectionName, 253, 'lower-case letters, digits, "-" and "."')
}

/** Name of an object, which has to be there. */
export function readObjectName(fields: Fields, name: string): string | undefined {
  return readValue(fields, name, 253)
}

/** A value that has to be there and to have between 1 and so many characters. */
export function readValue(fields: Fields, name: string, max: number): string | undefined {
  const text = fields.requiredText(name)
  if (text === undefined || text.length <= max) return text
  fields.error(name, 'invalid-value', `has ${text.length} characters; at most ${max} can be.`)
  return undefined
}

/** A field that has to be there. */
export function demand(fields: Fields, name: string): void {
  if (!fields.has(name)) fields.error(name, 'missing-field', `"${name}" is required.`)
}
