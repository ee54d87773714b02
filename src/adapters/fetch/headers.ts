import type { Scheme } from '../../core/url.js'

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** A value that WHATWG would not change: no control characters, no white space at either end. */
const plainValue = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/

/** The flat list of a plain object; undefined when only the real `Headers` can say what it means. */
function plainList(init: object): string[] | undefined {
  const list: string[] = []
  let folded = false
  for (const name of Object.keys(init)) {
    const value: unknown = Reflect.get(init, name)
    if (typeof value !== 'string' || !token.test(name) || !plainValue.test(value)) return undefined
    folded ||= name !== name.toLowerCase()
    list.push(name, value)
  }
  if (!folded) return list
  const names = new Set<string>()
  for (let i = 0; i < list.length; i += 2) names.add((list[i] ?? '').toLowerCase())
  return names.size * 2 === list.length ? list : undefined
}

/** Header fields of a `RequestInit` as a flat list. Throws the built-in's `TypeError` for what can be none. */
export function headerList(init: RequestInit['headers']): string[] {
  if (init === undefined) return []
  if (typeof init === 'object' && init !== null && !(Symbol.iterator in init)) {
    const list = plainList(init)
    if (list !== undefined) return list
  }
  const list: string[] = []
  for (const [name, value] of new Headers(init)) list.push(name, value)
  return list
}

/** Whether a flat list has a header; `name` in lower case. */
export function hasHeader(list: readonly string[], name: string): boolean {
  for (let i = 0; i < list.length; i += 2) if (list[i]?.toLowerCase() === name) return true
  return false
}

/** A copy of a flat list without the named headers. */
export function withoutHeaders(list: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    const name = list[i] ?? ''
    if (!names.has(name.toLowerCase())) kept.push(name, list[i + 1] ?? '')
  }
  return kept
}

/** How a request's `cache` mode shows on the wire, given that this fetch has no cache. */
function addCacheHeaders(list: string[], cache: string, conditional: boolean): void {
  if (cache === 'no-cache') {
    if (!hasHeader(list, 'cache-control')) list.push('cache-control', 'max-age=0')
  } else if (cache === 'no-store' || cache === 'reload' || (cache === 'default' && conditional)) {
    if (!hasHeader(list, 'pragma')) list.push('pragma', 'no-cache')
    if (!hasHeader(list, 'cache-control')) list.push('cache-control', 'no-cache')
  }
}

/**
 * What goes to the wire for one hop: the caller's headers without Host, which belongs to the URL, and the defaults of
 * the built-in fetch - `sec-fetch-mode` left out, since it speaks of a browser's origin.
 */
export function wireHeaders(given: readonly string[], scheme: Scheme, cache: string): string[] {
  const list: string[] = []
  let accept = false
  let language = false
  let agent = false
  let encoding = false
  let range = false
  let conditional = false
  for (let i = 0; i < given.length; i += 2) {
    const name = given[i] ?? ''
    switch (name.toLowerCase()) {
      case 'host':
        continue
      case 'accept':
        accept = true
        break
      case 'accept-language':
        language = true
        break
      case 'user-agent':
        agent = true
        break
      case 'accept-encoding':
        encoding = true
        break
      case 'range':
        range = true
        break
      case 'if-modified-since':
      case 'if-none-match':
      case 'if-unmodified-since':
      case 'if-match':
      case 'if-range':
        conditional = true
        break
    }
    list.push(name, given[i + 1] ?? '')
  }
  if (!accept) list.push('accept', '*/*')
  if (!language) list.push('accept-language', '*')
  if (!agent) list.push('user-agent', 'node')
  if (conditional || cache !== 'default') addCacheHeaders(list, cache, conditional)
  if (range) list.push('accept-encoding', 'identity')
  else if (!encoding) list.push('accept-encoding', scheme === 'https' ? 'br, gzip, deflate' : 'gzip, deflate')
  return list
}
