import { withoutBlanks } from '../core/blanks.js'
import type { HeaderMap } from '../core/headers.js'

/** Values as Envoy writes them into one: joined by `,`, those of `cookie` by `; `, and without blanks around them. */
export function headerValue(headers: HeaderMap, name: string): string | undefined {
  let value = headers.get(name)
  if (value === undefined || value === '') return value
  if (value.includes(', ')) value = headers.getAll(name).join(name === 'cookie' ? '; ' : ',')
  return withoutBlanks(value)
}

/** Values as Envoy matches them: each by itself, those of `cookie` as one. */
export function headerValues(headers: HeaderMap, name: string): readonly string[] | string | undefined {
  const value = headers.get(name)
  if (value === undefined || value === '' || name === 'cookie' || !value.includes(', '))
    return headerValue(headers, name)
  const values = headers.getAll(name)
  return values.length === 1 ? withoutBlanks(value) : values.map(withoutBlanks)
}
