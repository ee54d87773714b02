import { MeshError } from './errors.js'

/** The schemes that can be called. */
export type Scheme = 'http' | 'https'

/** A URL in the pieces that go to the wire, byte for byte: nothing is decoded, resolved or re-encoded. */
export interface Target {
  readonly scheme: Scheme
  /** Host and, if written, port. */
  readonly authority: string
  /** Path and query; never empty. */
  readonly path: string
}

/** Control characters, space and beyond ASCII never go into a request line. */
const unsafe = /[^\x21-\x7e]/
/** What nearly every path is: nothing unsafe, and no fragment. */
const plainPath = /^[\x21\x22\x24-\x7e]*$/
/** A name or an address, an IPv6 one in brackets, and a port; neither credentials nor a second colon. */
const hostAndPort = /^(?:\[[\w.:%-]+\]|[^@:[\]]+)(?::(\d{0,5}))?$/
/** What nearly every authority is: letters, digits, a port that cannot be too large. */
const plainAuthority = /^[\w.-]+(?::[1-9]\d{0,3})?$/

/** Refuses a path that cannot go to the wire as it is. Throws `ERR_MESH_BAD_PATH`. */
export function wirePath(path: string): string {
  if (path.charCodeAt(0) !== 47) throw new MeshError('ERR_MESH_BAD_PATH', 'a path begins with "/"')
  if (plainPath.test(path)) return path
  if (unsafe.test(path))
    throw new MeshError(
      'ERR_MESH_BAD_PATH',
      'a path has no spaces, control or non-ASCII characters; percent-encode them',
    )
  return path.slice(0, path.indexOf('#'))
}

function isAuthority(text: string): boolean {
  if (plainAuthority.test(text)) return true
  const parts = unsafe.test(text) ? null : hostAndPort.exec(text)
  return parts !== null && Number(parts[1] ?? '') <= 65_535 && parts[1] !== '0'
}

/** Splits an absolute http(s) URL without `new URL`. Throws `ERR_MESH_BAD_PATH`. */
export function splitUrl(url: string): Target {
  const scheme: Scheme | undefined = url.startsWith('http://')
    ? 'http'
    : url.startsWith('https://')
      ? 'https'
      : undefined
  if (scheme === undefined) throw new MeshError('ERR_MESH_BAD_PATH', 'not an absolute http or https URL')
  const start = scheme.length + 3
  let end = start
  while (end < url.length) {
    const c = url.charCodeAt(end)
    if (c === 47 || c === 63 || c === 35) break
    end++
  }
  const authority = url.slice(start, end)
  if (!isAuthority(authority))
    throw new MeshError('ERR_MESH_BAD_PATH', 'the URL has no usable host and port, or carries credentials')
  const rest = url.slice(end)
  return { scheme, authority, path: rest.charCodeAt(0) === 47 ? wirePath(rest) : wirePath(`/${rest}`) }
}

/** The path of a target, without its query. */
export function pathOf(target: string): string {
  const question = target.indexOf('?')
  return question === -1 ? target : target.slice(0, question)
}

/** Host of an authority in lower case, without port, brackets or trailing dot. */
export function hostOf(authority: string): string {
  let host = authority
  if (host.charCodeAt(0) === 91) host = host.slice(1, host.indexOf(']'))
  else {
    const colon = host.lastIndexOf(':')
    if (colon !== -1) host = host.slice(0, colon)
  }
  return (host.endsWith('.') ? host.slice(0, -1) : host).toLowerCase()
}

/** Port of an authority, or the scheme's default. */
export function portOf(authority: string, scheme: Scheme): number {
  const colon = authority.lastIndexOf(':')
  const bracket = authority.lastIndexOf(']')
  const port = colon > bracket ? Number(authority.slice(colon + 1)) : Number.NaN
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : scheme === 'https' ? 443 : 80
}
