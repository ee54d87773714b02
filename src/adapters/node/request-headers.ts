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

/**
 * Shows the application the headers that policies left: what hygiene removed is gone, what authentication added is
 * there. Nothing is done when nothing was changed.
 */
export function showHeaders(request: IncomingMessage, headers: HeaderMap): void {
  if (headers.raw === request.rawHeaders) return
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
