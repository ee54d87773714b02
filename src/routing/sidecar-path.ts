import { pathOf } from '../core/url.js'

const triplets = /%[0-9A-Fa-f]{2}/g
const unreserved = /[A-Za-z0-9\-._~]/
/** Nothing of it needs another form: no escape that could be decoded, no dot segment, no backslash. */
const plain = /^(?:[A-Za-z0-9_~!$&'()*+,;=:@/-]|%(?![2-7])[0-9A-Fa-f]{2}|[A-Za-z0-9_~-]\.[A-Za-z0-9_~-])*$/
/** Dot segments with parameters, `..;x`, as servlet containers take them; an escaped one is none. */
const dotsWithParams = /(\/\.\.?);[^/]*/g
const unsafe = /["<>^`{|}]/g

function decode(triplet: string): string {
  const char = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
  return unreserved.test(char) ? char : triplet
}

/** Resolves `.` and `..`; empty segments stay. */
function resolveDots(path: string): string {
  const out: string[] = []
  const segments = path.split('/').slice(1)
  for (const [i, segment] of segments.entries()) {
    const last = i === segments.length - 1
    if (segment === '..') out.pop()
    else if (segment !== '.') out.push(segment)
    if (last && (segment === '.' || segment === '..')) out.push('')
  }
  return `/${out.join('/')}`
}

/**
 * The target as a sidecar of Istio's makes it before it looks at it (`pathNormalization: BASE`): escapes of unreserved
 * characters are decoded, dots resolved, with parameters too (`..;x`), backslashes turned; double and escaped slashes and
 * the query stay.
 */
export function sidecarPath(target: string): string {
  const path = pathOf(target)
  if (plain.test(path)) return target
  const decoded = path.replace(dotsWithParams, '$1').replace(triplets, decode).replaceAll('\\', '/')
  const encoded = decoded.replace(unsafe, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const normal = /\/\.\.?(?:\/|$)/.test(encoded) ? resolveDots(encoded) : encoded
  return normal + target.slice(path.length)
}
