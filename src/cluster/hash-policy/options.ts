import type { Duration } from '../../core/duration.js'
import {
  anyText,
  duration,
  either,
  exactly,
  flag,
  object,
  pattern,
  record,
  type Schema,
  text,
} from '../../core/schema/index.js'

/** Hashes a request header; the values of a repeated one are sorted first (Envoy). */
export interface HeaderHash {
  header: string
  /** Replaces every match in each value before hashing (RE2, `\1` for groups). */
  rewrite?: { pattern: string; substitution: string } | undefined
  terminal?: boolean | undefined
}

/** Hashes a cookie. */
export interface CookieHash {
  cookie: string
  /** Makes the cookie where it is missing, so that the next call lands on the same endpoint; 0 for the browser's session. Default: it is not made. */
  ttl?: Duration | undefined
  /** Path of the cookie that is made. Default: none. */
  path?: string | undefined
  /** Further attributes of the cookie that is made, `{ SameSite: 'Strict' }`; an empty value is a bare name. */
  attributes?: Readonly<Record<string, string>> | undefined
  terminal?: boolean | undefined
}

/** Hashes the first value of a query parameter. */
export interface QueryHash {
  query: string
  terminal?: boolean | undefined
}

/** Hashes the address of the client that a gateway serves; calls of this process itself have none. */
export interface SourceIpHash {
  sourceIp: true
  terminal?: boolean | undefined
}

/**
 * What ring-hash and maglev choose by. Of several, each that finds something is mixed in; a `terminal` one that does ends
 * the list. A call for which none does is sent at random (Envoy `RouteAction.HashPolicy`).
 */
export type HashPolicy = HeaderHash | CookieHash | QueryHash | SourceIpHash

const rewrite: Schema<NonNullable<HeaderHash['rewrite']>> = object<NonNullable<HeaderHash['rewrite']>>(
  { pattern, substitution: anyText },
  ['pattern', 'substitution'],
)

/** Schema of one hash policy. */
export const hashPolicy: Schema<HashPolicy> = either(
  object<HeaderHash>({ header: text, rewrite, terminal: flag }, ['header']),
  object<CookieHash>({ cookie: text, ttl: duration(), path: text, attributes: record(anyText), terminal: flag }, [
    'cookie',
  ]),
  object<QueryHash>({ query: text, terminal: flag }, ['query']),
  object<SourceIpHash>({ sourceIp: exactly(true), terminal: flag }, ['sourceIp']),
)
