import type { Scheme } from '../../core/url.js'

/** A normalised http(s) URL in the pieces that a call and its response need. */
export interface FetchUrl {
  /** Serialised, without fragment. */
  readonly href: string
  readonly scheme: Scheme
  readonly authority: string
  /** Path and query. */
  readonly path: string
}

const octet = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)'
const name = '(?:[a-z0-9_-]+\\.)*[a-z_][a-z0-9_-]*'
const segment = "\\/(?!\\.|%2[eE])[\\w.~!$&'()*+,;=:@%-]*"
/**
 * URLs that WHATWG's parser would give back unchanged: lower-case host, no default port, no dot segments, nothing to
 * encode. What this does not match is not wrong, only worth a real parse.
 */
const normal: RegExp = new RegExp(
  `^(https?):\\/\\/((?:${name}|(?:${octet}\\.){3}${octet})(?::([1-9]\\d{0,4}))?)((?:${segment})*)(\\?[\\w.~!$&()*+,;=:@%/?-]*)?$`,
)

function normalUrl(input: string): FetchUrl | undefined {
  const match = normal.exec(input)
  if (match === null) return undefined
  const authority = match[2] ?? ''
  const port = match[3]
  if (port === '80' || port === '443' || Number(port) > 65_535 || authority.includes('xn--')) return undefined
  const scheme: Scheme = match[1] === 'https' ? 'https' : 'http'
  const written = match[4] ?? ''
  const path = `${written === '' ? '/' : written}${match[5] ?? ''}`
  return { href: written === '' ? `${scheme}://${authority}${path}` : input, scheme, authority, path }
}

/** Parses as the built-in fetch does, with its error - but never shows a password. */
function parseUrl(input: string): URL {
  try {
    return new URL(input)
  } catch (cause) {
    const shown = input.replace(/\/\/[^/?#]*@/, '//')
    throw new TypeError(`Failed to parse URL from ${shown}`, shown === input ? { cause } : undefined)
  }
}

/** Takes a parsed URL apart; undefined for what is not http(s). */
export function splitParsed(url: URL): FetchUrl | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return undefined
  const scheme: Scheme = url.protocol === 'https:' ? 'https' : 'http'
  const authority = url.host
  const fragment = url.href.indexOf('#')
  const href = fragment === -1 ? url.href : url.href.slice(0, fragment)
  return { href, scheme, authority, path: href.slice(scheme.length + 3 + authority.length) }
}

/**
 * A URL as WHATWG normalises it, without `new URL` for the usual string; undefined for a scheme other than http(s).
 * Throws the built-in's `TypeError` for what is no URL, or carries credentials.
 */
export function fetchUrl(input: string | URL): FetchUrl | undefined {
  const plain = typeof input === 'string' ? normalUrl(input) : undefined
  if (plain !== undefined) return plain
  const url = parseUrl(String(input))
  if (url.username !== '' || url.password !== '')
    throw new TypeError(`Request cannot be constructed from a URL that includes credentials: ${url.origin}`)
  return splitParsed(url)
}
