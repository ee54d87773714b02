import type { HeaderMap } from '../core/headers.js'

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** A value without the blanks around it. */
export function trimmed(value: string): string {
  return isBlank(value.charCodeAt(0)) || isBlank(value.charCodeAt(value.length - 1))
    ? value.replace(/^[ \t]+|[ \t]+$/g, '')
    : value
}

/** Values as Envoy writes them into one: joined by `,`, those of `cookie` by `; `, and without blanks around them. */
export function headerValue(headers: HeaderMap, name: string): string | undefined {
  let value = headers.get(name)
  if (value === undefined || value === '') return value
  if (value.includes(', ')) value = headers.getAll(name).join(name === 'cookie' ? '; ' : ',')
  return trimmed(value)
}

/** Values as Envoy matches them: each by itself, those of `cookie` as one. */
export function headerValues(headers: HeaderMap, name: string): readonly string[] | string | undefined {
  const value = headers.get(name)
  if (value === undefined || value === '' || name === 'cookie' || !value.includes(', '))
    return headerValue(headers, name)
  const values = headers.getAll(name)
  return values.length === 1 ? trimmed(value) : values.map(trimmed)
}
