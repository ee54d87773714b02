function decoded(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=')
  return decoded(equals === -1 ? pair : pair.slice(0, equals))
}

/** Every value of a query parameter, decoded, in order. */
export function queryValues(query: string, name: string): string[] {
  if (query === '') return []
  const values: string[] = []
  for (const pair of query.split('&'))
    if (nameOf(pair) === name) {
      const equals = pair.indexOf('=')
      values.push(equals === -1 ? '' : decoded(pair.slice(equals + 1)))
    }
  return values
}

/** Whether a query has a parameter without even an equals sign. */
export function hasBareQuery(query: string, name: string): boolean {
  return query.split('&').some((pair) => !pair.includes('=') && nameOf(pair) === name)
}

/** The query without some parameters, the rest as it was. */
export function withoutQuery(query: string, names: readonly string[]): string {
  return query
    .split('&')
    .filter((pair) => !names.includes(nameOf(pair)))
    .join('&')
}

/** Every value of a cookie, in order; `header` is the Cookie header. */
export function cookieValues(header: string | undefined, name: string): string[] {
  if (header === undefined) return []
  const values: string[] = []
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals !== -1 && pair.slice(0, equals).trim() === name) values.push(pair.slice(equals + 1).trim())
  }
  return values
}
