import type { RateLimitDecision, WindowUsage } from './decision.js'
import type { RateLimitOptions } from './options.js'
import { compileWindows } from './windows.js'

/** Headers for a decision: a flat list of names and values. */
export type HeadersOf = (decision: RateLimitDecision) => readonly string[]

/** Whole seconds, never 0 and never earlier than the reset. */
export function resetSeconds(usage: WindowUsage): number {
  return Math.max(1, Math.ceil(usage.resetMs / 1_000))
}

function tightest(windows: readonly WindowUsage[]): WindowUsage | undefined {
  let found: WindowUsage | undefined
  for (const usage of windows) if (found === undefined || usage.remaining <= found.remaining) found = usage
  return found
}

/** A structured-field string: printable ASCII, quotes escaped. */
function quoted(text: string): string {
  return `"${text.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '\\$&')}"`
}

function draft8(options: RateLimitOptions): HeadersOf {
  const name = options.name ?? 'default'
  const compiled = compileWindows(options)
  const items = compiled.map(({ label }) => quoted(compiled.length === 1 ? name : `${name}-${label}`))
  const policy = compiled.map(({ limit, lengthMs }, i) => `${items[i]};q=${limit};w=${lengthMs / 1_000}`).join(', ')
  return ({ windows }) => {
    if (windows.length === 0) return []
    let left = ''
    for (const [i, usage] of windows.entries())
      left += `${i === 0 ? '' : ', '}${items[i]};r=${usage.remaining};t=${resetSeconds(usage)}`
    return ['RateLimit-Policy', policy, 'RateLimit', left]
  }
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const kong: HeadersOf = ({ windows }) => {
  const headers: string[] = []
  for (const usage of windows) {
    headers.push(`X-RateLimit-Limit-${capital(usage.label)}`, String(usage.limit))
    headers.push(`X-RateLimit-Remaining-${capital(usage.label)}`, String(usage.remaining))
  }
  const first = tightest(windows)
  if (first === undefined) return headers
  headers.push('RateLimit-Limit', String(first.limit), 'RateLimit-Remaining', String(first.remaining))
  headers.push('RateLimit-Reset', String(resetSeconds(first)))
  return headers
}

const x: HeadersOf = ({ windows }) => {
  const first = tightest(windows)
  if (first === undefined) return []
  const { limit, remaining } = first
  const reset = String(resetSeconds(first))
  return ['X-RateLimit-Limit', String(limit), 'X-RateLimit-Remaining', String(remaining), 'X-RateLimit-Reset', reset]
}

const none: HeadersOf = () => []

/** Compiles the header dialect of a policy: IETF draft-8 (structured fields), Kong's, Envoy's `X-RateLimit-*`. */
export function compileHeaders(options: RateLimitOptions): HeadersOf {
  switch (options.headers ?? 'draft-8') {
    case 'draft-8':
      return draft8(options)
    case 'kong':
      return kong
    case 'x':
      return x
    case false:
      return none
  }
}
