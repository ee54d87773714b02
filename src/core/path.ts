import { MeshError } from './errors.js'

/** A request target in the one form that policies decide on, computed once. */
export interface CanonicalPath {
  /** As received, query included. */
  readonly raw: string
  /** Unreserved characters decoded, dots resolved, slashes merged. */
  readonly path: string
  /** Query without `?`, as received. */
  readonly query: string
  /**
   * The forms that some router would also dispatch to the same handler (lower case, no trailing slash, no `;params`, no
   * space after a segment, dots as they came, all escapes decoded, what follows a host in `//host/path`).
   * A deny rule matches any of them; an allow rule `path` itself, and only if none of them falls outside.
   */
  readonly aliases: readonly string[]
}

function bad(what: string): MeshError {
  return new MeshError('ERR_MESH_BAD_PATH', `the request target ${what}`, { detail: 'path_normalization_failed' })
}

/** Longest request target, bytes. */
const maxTarget = 16 * 1024
/** What canonicalising does not change: no escapes, no parameters, no dots but inside of a name. */
const plain =
  /^\/(?:[\w~!$&'()*+,=:@-]+(?:\.[\w~!$&'()*+,=:@-]+)*\/)*(?:[\w~!$&'()*+,=:@-]+(?:\.[\w~!$&'()*+,=:@-]+)*)?$/
const notInTarget = /[^\x21-\x7e]/
const unreserved = /[A-Za-z0-9\-._~]/

function decodeEscape(triplet: string): string {
  const byte = Number.parseInt(triplet.slice(1), 16)
  if (byte < 0x20 || byte === 0x7f) throw bad('has an escaped control character')
  if (byte === 0x2f || byte === 0x5c) throw bad('has an escaped slash')
  if (byte === 0x25) throw bad('has an escaped percent sign')
  const char = String.fromCharCode(byte)
  return byte < 0x80 && unreserved.test(char) ? char : triplet.toUpperCase()
}

function checkUtf8(path: string): void {
  try {
    decodeURIComponent(path)
  } catch {
    throw bad('has a bad escape')
  }
}

function resolveDots(path: string): string {
  const out: string[] = []
  const segments = path.split('/')
  for (const [i, segment] of segments.entries()) {
    if (segment === '..') {
      if (out.length > 0) out.pop()
      if (i === segments.length - 1) out.push('')
    } else if (segment === '.') {
      if (i === segments.length - 1) out.push('')
    } else if (segment !== '' || i === segments.length - 1) out.push(segment)
  }
  return `/${out.join('/')}`
}

function withoutParams(path: string): string {
  return /;|%20/.test(path) ? resolveDots(path.replace(/;[^/]*|(?<!%20)(?:%20)+(?=[;/]|$)/g, '')) : path
}

/** A path with its escapes decoded, as routers hand it to handlers; as it is if they are malformed. */
export function unescaped(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const dotSegment = /\/\.\.?(?:\/|$)/

/** How a path is read: `unresolved` by a router that does not resolve dots, and goes by the prefix it sees. */
function readingsOf(path: string, unresolved: string): readonly string[] {
  const readings = [dotSegment.test(unresolved) ? unresolved : path, path, withoutParams(path)]
  if (!unresolved.startsWith('//')) return readings
  // To `new URL(target, base)` that is a host, which no dots leave, and a path.
  const below = resolveDots(unresolved.replace(/^\/+[^/]*/, ''))
  return [below, withoutParams(below), ...readings]
}

function plainestOf(path: string): string {
  const form = unescaped(withoutParams(path)).toLowerCase()
  return form.length > 1 && form.endsWith('/') ? form.slice(0, -1) : form
}

/** The last one is the plainest form of the path itself. */
function aliasesOf(path: string, unresolved: string): readonly string[] {
  const forms = new Set<string>()
  for (const reading of readingsOf(path, unresolved))
    for (const form of [reading, unescaped(reading)])
      for (const cased of [form, form.toLowerCase()]) {
        forms.add(cased)
        if (cased.length > 1 && cased.endsWith('/')) forms.add(cased.slice(0, -1))
      }
  const plainest = plainestOf(path)
  forms.delete(plainest)
  forms.add(plainest)
  return [...forms]
}

/** What has one form only: no router sees another in a lower-case path without a slash at its end. */
const singular = /^(?:\/|[^A-Z]*[^A-Z/])$/

/** A path that came in its canonical form; most requests ask for no alias of it. */
class PlainPath implements CanonicalPath {
  readonly raw: string
  readonly path: string
  readonly query: string
  private known: readonly string[] | undefined = undefined

  constructor(raw: string, path: string, query: string) {
    this.raw = raw
    this.path = path
    this.query = query
  }

  get aliases(): readonly string[] {
    this.known ??= singular.test(this.path) ? [this.path] : aliasesOf(this.path, this.path)
    return this.known
  }
}

/**
 * Canonicalises a request target for authorization and routing; what could be read in two ways is refused:
 * escaped slashes and percent signs, control characters, bad UTF-8. Throws `ERR_MESH_BAD_PATH` (400; 414 if too long).
 */
export function canonicalPath(target: string): CanonicalPath {
  if (target.length > maxTarget)
    throw new MeshError('ERR_MESH_BAD_PATH', 'the request target is too long', { status: 414 })
  const question = target.indexOf('?')
  const before = question === -1 ? target : target.slice(0, question)
  const query = question === -1 ? '' : target.slice(question + 1)
  if (plain.test(before)) return new PlainPath(target, before, query)
  if (before === '*') return { raw: target, path: '*', query, aliases: ['*'] }
  if (before.charCodeAt(0) !== 47) throw bad('does not begin with "/"')
  if (notInTarget.test(target)) throw bad('has spaces, control or non-ASCII characters')
  const hash = before.indexOf('#')
  const path = hash === -1 ? before : before.slice(0, hash)
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) throw bad('has a bad escape')
  const decoded = path.replace(/%[0-9A-Fa-f]{2}/g, decodeEscape).replaceAll('\\', '/')
  checkUtf8(decoded)
  const canonical = resolveDots(decoded)
  return { raw: target, path: canonical, query: hash === -1 ? query : '', aliases: aliasesOf(canonical, decoded) }
}
