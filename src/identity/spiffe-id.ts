import { identityRefusal, shown } from './refusal.js'

/** A workload's name, `spiffe://trust-domain/path`, in its parts. */
export interface SpiffeId {
  readonly uri: string
  readonly trustDomain: string
  /** With its leading slash. */
  readonly path: string
  /** The same without `spiffe://`: Istio's `source.principal`. */
  readonly principal: string
}

const scheme = 'spiffe://'
const maxIdBytes = 2048
const trustDomainForm = /^[a-z0-9._-]{1,255}$/
const segmentForm = /^[a-zA-Z0-9._-]+$/

/** Whether a text can name a trust domain: lower-case letters, digits, dots, dashes, underscores. */
export function isTrustDomain(text: string): boolean {
  return trustDomainForm.test(text)
}

/** Whether a text can be one segment of a SPIFFE ID's path. */
export function isSegment(text: string): boolean {
  return segmentForm.test(text) && text !== '.' && text !== '..'
}

function problemOf(text: string): string | undefined {
  if (text.length > maxIdBytes) return `is longer than ${maxIdBytes} bytes`
  if (!text.startsWith(scheme)) return 'does not begin with "spiffe://" in lower case'
  const slash = text.indexOf('/', scheme.length)
  if (!isTrustDomain(text.slice(scheme.length, slash === -1 ? text.length : slash)))
    return 'has a trust domain of other characters than a-z, 0-9, ".", "-", "_"'
  if (slash === -1) return 'has no path'
  for (const segment of text.slice(slash + 1).split('/')) {
    if (segment === '') return 'has an empty path or path segment'
    if (segment === '.' || segment === '..') return 'has a relative path segment'
    if (!segmentForm.test(segment)) return 'has a path of other characters than letters, digits, ".", "-", "_"'
  }
  return undefined
}

/**
 * Parses the SPIFFE ID of a workload, as strictly as go-spiffe does: lower-case scheme and trust domain, a path, and
 * nothing that two parsers could read differently - no port, user, query, fragment, escape or relative segment. The
 * standard would let scheme and trust domain be upper case; policies compare text, so they are refused here.
 * Throws `ERR_MESH_PEER_IDENTITY`.
 */
export function parseSpiffeId(text: string): SpiffeId {
  const problem = problemOf(text)
  if (problem !== undefined) throw identityRefusal('not_an_svid', `the SPIFFE ID "${shown(text)}" ${problem}`)
  const slash = text.indexOf('/', scheme.length)
  return {
    uri: text,
    trustDomain: text.slice(scheme.length, slash),
    path: text.slice(slash),
    principal: text.slice(scheme.length),
  }
}
