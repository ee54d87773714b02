import { anyText, record, rule, type Schema, text } from './builders.js'

/** What names of headers and methods are made of (RFC 9110, 5.6.2). */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** What Node and undici refuse to write into a header. */
const unwritable = /[^\t\x20-\x7e\x80-\xff]/

/** Whether a header can have this name. */
export function isHeaderName(name: string): boolean {
  return token.test(name)
}

/** Whether a request can have this method, which may be of anybody's own. */
export function isMethod(name: string): boolean {
  return token.test(name)
}

/** Whether a header can have this value: one line of Latin-1. */
export function isHeaderValue(value: string): boolean {
  return !unwritable.test(value)
}

/** Whether a request can have this in its path, or behind it. */
export function isWirePath(path: string): boolean {
  return /^[\x21-\xff]*$/.test(path)
}

/** Whether a request can name this as its host: with or without a port. */
export function isAuthority(value: string): boolean {
  return /^[\x21-\x7e]+$/.test(value) && !/[/?#@\\]/.test(value)
}

/** What stands in a header for a text of any language: its UTF-8, a character for each byte. */
export function headerBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Whether a header can have the bytes of this text: it is one line without control characters. */
export function isHeaderText(text: string): boolean {
  return isHeaderValue(headerBytes(text))
}

/** The name of a header. */
export const headerName: Schema<string> = rule(text, (value, report) => {
  if (!isHeaderName(value)) report([], 'is not a header name')
})

/** A method, one of anybody's own too. */
export const method: Schema<string> = rule(text, (value, report) => {
  if (!isMethod(value)) report([], 'is not a method')
})

const notOneLine = 'must be one line of Latin-1 characters'

/** A value that a header can have. */
export const headerValue: Schema<string> = rule(anyText, (value, report) => {
  if (!isHeaderValue(value)) report([], notOneLine)
})

/** The same, and not empty. */
export const lineText: Schema<string> = rule(text, (value, report) => {
  if (!isHeaderValue(value)) report([], notOneLine)
})

/** A text that goes into a header as UTF-8, and is not empty. */
export const headerText: Schema<string> = rule(text, (value, report) => {
  if (!isHeaderText(value)) report([], 'must be one line without control characters')
})

/** Values by name of header; each is judged by `value` too. */
export function headerFields(
  value: Schema<string>,
  isName: (name: string) => boolean = isHeaderName,
): Schema<Readonly<Record<string, string>>> {
  return rule(record(value), (headers, report) => {
    for (const name of Object.keys(headers)) if (!isName(name)) report([name], 'is not a header name')
  })
}

/** A host, with or without a port. */
export const authority: Schema<string> = rule(text, (value, report) => {
  if (!isAuthority(value)) report([], 'must be a host, with or without a port')
})

/** Part of a path as it goes over the wire. */
export function wirePath(schema: Schema<string>): Schema<string> {
  return rule(schema, (value, report) => {
    if (!isWirePath(value)) report([], 'must have no spaces, control or other characters than Latin-1')
  })
}
