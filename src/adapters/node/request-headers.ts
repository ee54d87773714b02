import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import type { HeaderMap } from '../../core/headers.js'

/** Headers of which Node keeps the first when a request repeats them. */
const firstWins: ReadonlySet<string> = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
])

/** Whether everything that came is still there, in its place, and what follows are names that did not come. */
function onlyAdds(raw: readonly string[], shown: IncomingHttpHeaders, flat: readonly string[]): boolean {
  for (let i = 0; i < raw.length; i++) if (flat[i] !== raw[i]) return false
  for (let i = raw.length; i < flat.length; i += 2) if (shown[(flat[i] ?? '').toLowerCase()] !== undefined) return false
  return true
}

/**
 * Shows the application the headers that policies left: what hygiene removed is gone, what authentication added is
 * there. Nothing is done when nothing was changed, and little when something was only added. Express gives each request a
 * hidden class of its own: each property is looked up once.
 */
export function showHeaders(request: IncomingMessage, headers: HeaderMap): void {
  const { rawHeaders } = request
  const flat = headers.raw
  if (flat === rawHeaders) return
  const shown = request.headers
  if (!onlyAdds(rawHeaders, shown, flat)) {
    replace(request, flat.slice())
    return
  }
  for (let i = rawHeaders.length; i < flat.length; i += 2) shown[(flat[i] ?? '').toLowerCase()] = flat[i + 1] ?? ''
  request.rawHeaders = flat.slice()
}

/**
 * Builds them as Node does, which would go on by the number that came: `headersDistinct` failed where some were removed.
 */
function replace(request: IncomingMessage, flat: string[]): void {
  const shown: IncomingHttpHeaders = {}
  const distinct: Record<string, string[]> = Object.create(null)
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] ?? '').toLowerCase()
    const value = flat[i + 1] ?? ''
    const values = distinct[name] ?? []
    distinct[name] = values
    values.push(value)
    if (name === 'set-cookie') shown[name] = values
    else if (values.length === 1) shown[name] = value
    else if (!firstWins.has(name)) shown[name] = values.join(name === 'cookie' ? '; ' : ', ')
  }
  request.headers = shown
  request.headersDistinct = distinct
  request.rawHeaders = flat
}
