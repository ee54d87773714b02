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

/** What every hash policy has. */
export interface HashPolicyOptions {
  /** Ends the list when this policy has found something. Default false. */
  terminal?: boolean | undefined
}

/** A replacement of every match of a pattern. */
export interface HashRewrite {
  /** RE2. */
  pattern: string
  /** `\1` stands for what the first group matched. */
  substitution: string
}

/** Hashes a request header; the values of a repeated one are sorted first (Envoy). */
export interface HeaderHash extends HashPolicyOptions {
  /** Its name, in any case. */
  header: string
  /** Changes each value before it is hashed. */
  rewrite?: HashRewrite | undefined
}

/** Hashes a cookie. */
export interface CookieHash extends HashPolicyOptions {
  /** Its name. */
  cookie: string
  /** Makes the cookie where it is missing, so that the next call lands on the same endpoint; 0 for the browser's session. Default: it is not made. */
  ttl?: Duration | undefined
  /** Path of the cookie that is made. Default: none. */
  path?: string | undefined
  /** Further attributes of the cookie that is made, `{ SameSite: 'Strict' }`; an empty value is a bare name. */
  attributes?: Readonly<Record<string, string>> | undefined
}

/** Hashes the first value of a query parameter. */
export interface QueryHash extends HashPolicyOptions {
  /** Name of the parameter. */
  query: string
}

/** Hashes the address of the client that a gateway serves; calls of this process itself have none. */
export interface SourceIpHash extends HashPolicyOptions {
  /** Nothing to choose: always true. */
  sourceIp: true
}

/**
 * What ring-hash and maglev choose by. Of several, each that finds something is mixed in; a `terminal` one that does ends
 * the list. A call for which none does is sent at random (Envoy `RouteAction.HashPolicy`).
 */
export type HashPolicy = HeaderHash | CookieHash | QueryHash | SourceIpHash

const rewrite: Schema<HashRewrite> = object<HashRewrite>({ pattern, substitution: anyText }, [
  'pattern',
  'substitution',
])

/** Schema of one hash policy. */
export const hashPolicy: Schema<HashPolicy> = either(
  object<HeaderHash>({ header: text, rewrite, terminal: flag }, ['header']),
  object<CookieHash>({ cookie: text, ttl: duration(), path: text, attributes: record(anyText), terminal: flag }, [
    'cookie',
  ]),
  object<QueryHash>({ query: text, terminal: flag }, ['query']),
  object<SourceIpHash>({ sourceIp: exactly(true), terminal: flag }, ['sourceIp']),
)
