import { compileRegex } from '../../core/regex.js'
import { hostOf } from '../../core/url.js'
import type { Grant, Granter } from './grant.js'
import { type CorsOptions, type CorsOrigin, isPlainOrigin } from './options.js'

interface Normalized {
  readonly origin: string
  readonly host: string
}

/** An origin in lower case without its scheme's default port. */
function normalized(origin: string): Normalized {
  const lower = origin.toLowerCase()
  const start = lower.indexOf('://')
  if (start === -1) return { origin: lower, host: hostOf(lower) }
  const authority = lower.slice(start + 3)
  const usual = lower.startsWith('https://') ? ':443' : ':80'
  const host = hostOf(authority)
  return { origin: authority.endsWith(usual) ? lower.slice(0, -usual.length) : lower, host }
}

/** Kong anchors patterns at both ends; an entry without a colon is about the host alone. */
function compileOrigin(entry: CorsOrigin): (asked: Normalized) => boolean {
  const text = typeof entry === 'string' ? entry : entry.regex
  const subject = text.includes(':') ? (asked: Normalized) => asked.origin : (asked: Normalized) => asked.host
  if (typeof entry === 'string' && isPlainOrigin(entry)) {
    const plain = subject(normalized(text))
    return (asked) => subject(asked) === plain
  }
  if (text === '*') return () => false
  const regex = compileRegex(text.replace(/^\^/, '').replace(/\$$/, ''))
  return (asked) => regex.matches(subject(asked))
}

/** Kong's cors: one plain origin is answered to everybody, several only to those that match, and `*` to all. */
export function kongGranter(options: CorsOptions): Granter {
  const origins = options.origins ?? ['*']
  const credentials = options.credentials ?? false
  const [only, another] = origins
  if (only === '*' && another === undefined)
    return function grantAny(origin): Grant {
      if (!credentials || origin === undefined) return { allowOrigin: '*', credentials: false, vary: false }
      return { allowOrigin: origin, credentials, vary: true }
    }
  if (typeof only === 'string' && another === undefined && isPlainOrigin(only)) {
    const fixed: Grant = { allowOrigin: only, credentials, vary: true }
    return () => fixed
  }
  const tests = origins.map(compileOrigin)
  return function grantMatching(origin): Grant {
    const asked = origin === undefined ? undefined : normalized(origin)
    const known = asked !== undefined && tests.some((test) => test(asked))
    return { allowOrigin: known ? origin : undefined, credentials, vary: true }
  }
}
