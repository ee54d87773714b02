import type { Clock } from '../../core/clock.js'
import type { Reply } from '../../core/reply.js'

const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/

/**
 * Milliseconds that the `retry-after` of a 429 or 503 asks for, in seconds or as an HTTP date. Undefined when there is
 * none, when it is garbage, or when it asks for no wait at all: then the normal back-off holds.
 */
export function retryAfterMs(reply: Reply, clock: Clock): number | undefined {
  if (reply.status !== 429 && reply.status !== 503) return undefined
  const value = reply.headers.get('retry-after')?.trim()
  if (value === undefined) return undefined
  const ms = /^\d+$/.test(value)
    ? Number(value) * 1_000
    : httpDate.test(value)
      ? Date.parse(value) - clock.wallNow()
      : Number.NaN
  return ms > 0 ? ms : undefined
}
