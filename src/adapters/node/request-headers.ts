import type { IncomingMessage } from 'node:http'
import type { HeaderMap } from '../../core/headers.js'

/** Headers of which Node keeps the first when a request repeats them. */
const firstWins: ReadonlySet<string> = new Set([
  'content-type',
  'content-length',
  'user-agent',
  'referer',
  'host',
  'authorization',
  'from',
])

/** Whether everything that came is still there, in its place, and what follows are names that did not come. */
function onlyAdds(request: IncomingMessage, flat: readonly string[]): boolean {
  const { rawHeaders } = request
  for (let i = 0; i < rawHeaders.length; i++) if (flat[i] !== rawHeaders[i]) return false
  for (let i = rawHeaders.length; i < flat.length; i += 2)
    if (request.headers[(flat[i] ?? '').toLowerCase()] !== undefined) return false
  return true
}

function add(request: IncomingMessage, flat: readonly string[]): void {
  for (let i = request.rawHeaders.length; i < flat.length; i += 2)
    request.headers[(flat[i] ?? '').toLowerCase()] = flat[i + 1] ?? ''
  request.rawHeaders = flat.slice()
}

/**
 * Shows the application the headers that policies left: what hygiene removed is gone, what authentication added is
 * there. Nothing is done when nothing was changed, and little when something was only added.
 */
export function showHeaders(request: IncomingMessage, headers: HeaderMap): void {
  if (headers.raw === request.rawHeaders) return
  if (onlyAdds(request, headers.raw)) add(request, headers.raw)
  else replace(request, headers)
}

function replace(request: IncomingMessage, headers: HeaderMap): void {
  const flat = [...headers.raw]
  const shown: IncomingMessage['headers'] = {}
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] ?? '').toLowerCase()
    const value = flat[i + 1] ?? ''
    const before = shown[name]
    if (name === 'set-cookie') shown['set-cookie'] = [...(shown['set-cookie'] ?? []), value]
    else if (before === undefined) shown[name] = value
    else if (!firstWins.has(name)) shown[name] = `${String(before)}${name === 'cookie' ? '; ' : ', '}${value}`
  }
  request.headers = shown
  request.rawHeaders = flat
}
