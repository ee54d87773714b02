import type { HeaderMap } from '../../core/headers.js'

/** The urgency of what says nothing: RFC 9218's default. */
export const normalUrgency = 3

const urgency = /^(?:.*[\s,])?u=([0-7])(?=$|[\s,;])/

/** The urgency in a `priority` header, 0 (most urgent) to 7; 3 where there is none, or garbage, and the last of several (RFC 9218). */
export function urgencyOf(headers: HeaderMap): number {
  const found = urgency.exec(headers.get('priority') ?? '')
  return found === null ? normalUrgency : Number(found[1])
}
