import type { CanonicalPath } from '../../core/path.js'
import type { PeerIdentity } from '../../core/peer.js'
import type { Claims } from '../../core/server-call.js'
import { hostOf } from '../../core/url.js'
import type { RequestPrincipal, ValueTest } from './pattern.js'

/** What of a call a decision looks at: an inbound call, or what a user asks `explain` about. */
export interface AuthorizationSubject {
  readonly method: string
  readonly path: CanonicalPath
  readonly headers: { getAll(name: string): string[] }
  readonly authority: string
  readonly peer: Pick<PeerIdentity, 'principal'> | undefined
  readonly claims: Claims | undefined
  readonly requestPrincipal: string | undefined
  readonly remoteAddress: string
  readonly clientAddress: string
  readonly localPort: number
}

/** A compiled part of a rule. */
export type SubjectTest = (subject: AuthorizationSubject) => boolean

function textClaim(claims: Claims | undefined, name: string): string {
  const value = claims?.[name]
  return typeof value === 'string' ? value : ''
}

/** Issuer and subject of the verified token. */
export function requestPrincipalOf(subject: AuthorizationSubject): RequestPrincipal {
  return { issuer: textClaim(subject.claims, 'iss'), subject: textClaim(subject.claims, 'sub') }
}

/** The namespace in a peer's SPIFFE ID. */
export function namespaceOf(subject: AuthorizationSubject): string | undefined {
  const [, ns, namespace] = subject.peer?.principal.split('/') ?? []
  return ns === 'ns' ? namespace : undefined
}

/** The host that was asked for, port included, lower case. */
export function hostAsked(subject: AuthorizationSubject): string {
  return (subject.authority === '' ? (subject.headers.getAll('host')[0] ?? '') : subject.authority).toLowerCase()
}

/** The host as it is, and without its port. */
export function hostsAsked(subject: AuthorizationSubject): readonly string[] {
  const host = hostAsked(subject)
  return [host, hostOf(host)]
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Whether a text of a claim passes, nested by path: a string, or one of a list's. */
export function someClaimText(subject: AuthorizationSubject, path: readonly string[], test: ValueTest): boolean {
  let value: unknown = subject.claims
  for (const name of path) {
    if (!isRecord(value) || !Object.hasOwn(value, name)) return false
    value = value[name]
  }
  if (typeof value === 'string') return test(value)
  return Array.isArray(value) && value.some((one) => typeof one === 'string' && test(one))
}
