import type { HeaderMap } from '../../core/headers.js'
import { either, exactly, integer, object, type Schema } from '../../core/schema/index.js'
import { type CallKey, callKey } from '../../core/values.js'
import { defaultConditions, type RetryCondition, type RetryToken, retryTokens } from './conditions.js'
import { type RetryOptions, retryConditions } from './options.js'

/** What one call wants otherwise than its service's retries; everything else - budget, back-off - stays. */
export interface RetryOverride {
  /** Retries after the first attempt. 0-100. Default: the service's. */
  attempts?: number | undefined
  /** What is worth another try. Default: the service's. */
  on?: readonly RetryCondition[] | undefined
}

/** Schema of `RetryOverride`, or `false` for no retries. */
export const retryOverrideOptions: Schema<RetryOverride | false> = either<RetryOverride, false>(
  object<RetryOverride>({ attempts: integer(0, 100), on: retryConditions }),
  exactly(false),
)

/** What the maker of a call said. */
export const retryOverride: CallKey<RetryOverride | false> = callKey('retry')

const names: ReadonlySet<string> = new Set(retryTokens)

function isToken(word: string): word is RetryToken {
  return names.has(word)
}

function words(headers: HeaderMap, name: string): string[] {
  return (headers.get(name) ?? '').split(',').map((word) => word.trim())
}

/**
 * What a trusted client of a gateway asks for with Envoy's request headers: `x-envoy-max-retries` in place of the
 * route's count, conditions and statuses on top of the route's.
 */
export function envoyOverride(headers: HeaderMap, options: RetryOptions): RetryOverride | undefined {
  const count = headers.get('x-envoy-max-retries')
  const attempts = count !== undefined && /^\d{1,2}$/.test(count) ? Number(count) : undefined
  const asked = [...words(headers, 'x-envoy-retry-on'), ...words(headers, 'x-envoy-retry-grpc-on')].filter(isToken)
  const own = options.on ?? defaultConditions
  const on: RetryCondition[] = [...own, ...asked]
  if (on.includes('retriable-status-codes'))
    for (const status of words(headers, 'x-envoy-retriable-status-codes'))
      if (/^[1-5]\d\d$/.test(status)) on.push(Number(status))
  const more = on.length > own.length
  if (attempts === undefined && !more) return undefined
  return { attempts, ...(more ? { on } : {}) }
}
