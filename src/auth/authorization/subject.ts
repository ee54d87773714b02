import type { CanonicalPath } from '../../core/path.js'
import type { PeerIdentity } from '../../core/peer.js'
import type { Claims } from '../../core/server-call.js'
import { hostOf } from '../../core/url.js'
import type { RequestPrincipal } from './pattern.js'

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

/** Texts of a claim, nested by path: a string, or the strings of a list; `scope` and `permission` are split at spaces. */
export function claimTexts(subject: AuthorizationSubject, path: readonly string[]): readonly string[] {
  let value: unknown = subject.claims
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return []
    value = Reflect.get(value, name)
  }
  const last = path[path.length - 1]
  const listed = last === 'scope' || last === 'permission'
  if (typeof value === 'string') return listed ? value.split(' ') : [value]
  const texts = Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
  return listed ? texts.flatMap((one) => one.split(' ')) : texts
}
