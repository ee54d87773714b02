import { HeaderMap } from '../core/headers.js'
import type { ServerCall } from '../core/server-call.js'
import { portOf, type Scheme } from '../core/url.js'

/** Headers that concern one connection only (RFC 9110, 7.6.1), and those that the transport writes itself. */
const hopByHop: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
])
const replaced: ReadonlySet<string> = new Set([
  'host',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-path',
  'x-forwarded-prefix',
])

/** How the client called: hygiene leaves `x-forwarded-proto` only where a trusted proxy set it. */
export function schemeOf({ headers, scheme }: Pick<ServerCall, 'headers' | 'scheme'>): Scheme {
  const told = headers.get('x-forwarded-proto')
  return told === 'http' || told === 'https' ? told : scheme
}

/** What the upstream is told of the request's way here. */
export interface ForwardedPath {
  /** What was stripped, or empty. */
  readonly prefix: string
  /** Path and query as the client sent them. */
  readonly original: string
}

function forwardedFor(call: ServerCall): string {
  const before = call.headers.get('x-forwarded-for')
  return before === undefined ? call.remoteAddress : `${before}, ${call.remoteAddress}`
}

/**
 * Headers for the upstream: what `Connection` names is gone since hygiene, hop-by-hop fields go here, and the forwarded
 * ones are written last, so that no client can name them away (CVE-2026-6338). A body that does not pass
 * through `unchanged` has another length, and no coding any more.
 */
export function upstreamHeaders(call: ServerCall, forwarded: ForwardedPath, unchanged: boolean): HeaderMap {
  const raw = call.headers.raw
  const list: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = name.toLowerCase()
    if (
      hopByHop.has(lower) ||
      replaced.has(lower) ||
      (!unchanged && (lower === 'content-length' || lower === 'content-encoding'))
    )
      continue
    list.push(name, raw[i + 1] ?? '')
  }
  const believed = (name: string, own: string): string => call.headers.get(name) ?? own
  list.push('x-forwarded-for', forwardedFor(call))
  list.push('x-forwarded-proto', believed('x-forwarded-proto', call.scheme))
  list.push('x-forwarded-host', believed('x-forwarded-host', call.authority))
  list.push('x-forwarded-port', believed('x-forwarded-port', String(portOf(call.authority, call.scheme))))
  list.push('x-forwarded-path', forwarded.original)
  if (forwarded.prefix !== '') list.push('x-forwarded-prefix', forwarded.prefix)
  return new HeaderMap(list)
}

/** Headers of the upstream's reply for the client, without what concerned the upstream's connection only. */
export function downstreamHeaders(headers: HeaderMap): HeaderMap {
  const raw = headers.raw
  const named =
    headers
      .get('connection')
      ?.toLowerCase()
      .split(/[\s,]+/) ?? []
  const list: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    const lower = name.toLowerCase()
    if (!hopByHop.has(lower) && (lower === 'content-length' || !named.includes(lower)))
      list.push(name, raw[i + 1] ?? '')
  }
  return new HeaderMap(list)
}
