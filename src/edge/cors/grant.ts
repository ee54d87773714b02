import { compileRegex } from '../../core/regex.js'
import type { CorsOptions } from './options.js'

/** What an origin is allowed. */
export interface Grant {
  /** `Access-Control-Allow-Origin`; none: the browser keeps the answer from the page. */
  readonly allowOrigin: string | undefined
  readonly credentials: boolean
  /** The answer depends on the origin: caches must know. */
  readonly vary: boolean
}

/** Decides about an origin; `undefined` when the request names none. */
export type Granter = (origin: string | undefined) => Grant

const nothing: Grant = { allowOrigin: undefined, credentials: false, vary: true }

/** Origins by name or pattern; `*` answers `*`, which no browser combines with cookies. */
export function nativeGranter(options: CorsOptions): Granter {
  const origins = options.origins ?? ['*']
  const credentials = options.credentials ?? false
  if (origins.includes('*')) return () => ({ allowOrigin: '*', credentials: false, vary: false })
  const exact = new Set<unknown>(origins)
  const patterns = origins.flatMap((one) => (typeof one === 'string' ? [] : [compileRegex(one.regex)]))
  return function grantNative(origin) {
    if (origin === undefined) return nothing
    const known = exact.has(origin) || patterns.some((pattern) => pattern.matches(origin))
    return known ? { allowOrigin: origin, credentials, vary: true } : nothing
  }
}
