import { isAuthority, isHeaderValue, isWirePath } from '../core/schema/index.js'
import type { Fields } from './fields.js'

/** A text that is not empty, if it is one that a call can carry; else an error is reported. */
function read(fields: Fields, name: string, fits: (text: string) => boolean, what: string): string | undefined {
  const text = fields.text(name) || undefined
  if (text === undefined || fits(text)) return text
  fields.error(name, 'invalid-value', what)
  return undefined
}

/** Reads what becomes part of the path of calls. */
export function readWirePath(fields: Fields, name: string): string | undefined {
  return read(fields, name, isWirePath, 'has spaces, or characters that no path can have unescaped.')
}

/** Reads what becomes the authority of calls. */
export function readAuthority(fields: Fields, name: string): string | undefined {
  return read(fields, name, isAuthority, 'must be a host, with or without a port.')
}

/** Reads what becomes part of a header. */
export function readLine(fields: Fields, name: string): string | undefined {
  return read(fields, name, isHeaderValue, 'has characters that a header cannot have.')
}
