/** First value of a query parameter, as it stands on the wire; undefined when it is not there. */
export function queryValue(target: string, name: string): string | undefined {
  let start = target.indexOf('?') + 1
  if (start === 0) return undefined
  while (start <= target.length) {
    const ampersand = target.indexOf('&', start)
    const end = ampersand === -1 ? target.length : ampersand
    if (target.startsWith(name, start)) {
      const after = start + name.length
      if (after === end) return ''
      if (after < end && target.charCodeAt(after) === 61) return target.slice(after + 1, end)
    }
    start = end + 1
  }
  return undefined
}
