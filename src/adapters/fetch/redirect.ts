import { isReplayable, noBody } from '../../core/body.js'
import { MeshError } from '../../core/errors.js'
import { badReply } from './failure.js'
import { withoutHeaders } from './headers.js'
import type { FetchRequest } from './request.js'
import { type FetchUrl, splitParsed } from './url.js'

const statuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])
const ofBody: ReadonlySet<string> = new Set([
  'content-encoding',
  'content-language',
  'content-location',
  'content-type',
  'content-length',
])
/** What was meant for one origin alone. */
const ofOrigin: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'host',
  'x-forwarded-client-cert',
])

/** Whether a status sends the caller elsewhere. */
export function isRedirect(status: number): boolean {
  return statuses.has(status)
}

/** Whether two URLs have scheme, host and port in common. */
export function sameOrigin(a: FetchUrl, b: FetchUrl): boolean {
  return a.scheme === b.scheme && a.authority === b.authority
}

function locationUrl(location: string, base: string): FetchUrl {
  // Servers write UTF-8 where only ASCII is allowed.
  const written = /[^\x21-\x7e]/.test(location) ? Buffer.from(location, 'latin1').toString('utf8') : location
  let url: URL
  try {
    url = new URL(written, base)
  } catch {
    throw badReply('the redirect has no valid Location', 'redirect')
  }
  if (url.username !== '' || url.password !== '')
    throw badReply('the redirect carries credentials in its URL', 'redirect')
  const target = splitParsed(url)
  if (target === undefined) throw badReply('URL scheme must be a HTTP(S) scheme', 'redirect')
  return target
}

/**
 * The request that a redirect asks for: POST becomes GET where WHATWG says so, and credentials never go to another
 * origin. Throws for a body that cannot be sent again.
 */
export function redirected(request: FetchRequest, status: number, location: string): FetchRequest {
  const url = locationUrl(location, request.url.href)
  const { method } = request
  if (status !== 303 && !isReplayable(request.body))
    throw new MeshError('ERR_MESH_BODY_USED', `a streamed body cannot follow a ${status} redirect`)
  const turns =
    ((status === 301 || status === 302) && method === 'POST') ||
    (status === 303 && method !== 'GET' && method !== 'HEAD')
  let headers = request.headers
  if (turns) headers = withoutHeaders(headers, ofBody)
  if (!sameOrigin(url, request.url)) headers = withoutHeaders(headers, ofOrigin)
  return turns ? { ...request, url, headers, method: 'GET', body: noBody } : { ...request, url, headers }
}
