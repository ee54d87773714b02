import { HeaderNames } from '../core/header-names.js'
import { HeaderMap } from '../core/headers.js'
import type { ServerCall } from '../core/server-call.js'
import { portOf, type Scheme } from '../core/url.js'

/** Headers that concern one connection only (RFC 9110, 7.6.1), and those that the transport writes itself. */
const connectionNames = [
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
]
const hopByHop = new HeaderNames(...connectionNames)
const ofThisHop = new HeaderNames(...connectionNames, 'host')
/** Written anew for the upstream. */
const forwardedNames = new HeaderNames(
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-path',
  'x-forwarded-prefix',
)
/** They describe the body as it came. */
const ofTheBody = new HeaderNames('content-length', 'content-encoding')

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

/**
 * Headers for the upstream: what `Connection` names is gone since hygiene, hop-by-hop fields go here, and the forwarded
 * ones are written last, so that no client can name them away (CVE-2026-6338). A body that does not pass
 * through `unchanged` has another length, and no coding any more.
 */
export function upstreamHeaders(call: ServerCall, forwarded: ForwardedPath, unchanged: boolean): HeaderMap {
  const raw = call.headers.raw
  const list: string[] = []
  // What trusted proxies in front have told: hygiene leaves nothing else.
  let told: HeaderMap | undefined
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (forwardedNames.has(name)) told = call.headers
    else if (!ofThisHop.has(name) && (unchanged || !ofTheBody.has(name))) list.push(name, raw[i + 1] ?? '')
  }
  const hops = told?.get('x-forwarded-for')
  list.push('x-forwarded-for', hops === undefined ? call.remoteAddress : `${hops}, ${call.remoteAddress}`)
  list.push('x-forwarded-proto', told?.get('x-forwarded-proto') ?? call.scheme)
  list.push('x-forwarded-host', told?.get('x-forwarded-host') ?? call.authority)
  list.push('x-forwarded-port', told?.get('x-forwarded-port') ?? String(portOf(call.authority, call.scheme)))
  list.push('x-forwarded-path', told?.get('x-forwarded-path') ?? forwarded.original)
  const prefix = told?.get('x-forwarded-prefix') ?? forwarded.prefix
  if (prefix !== '') list.push('x-forwarded-prefix', prefix)
  return new HeaderMap(list)
}

/** Headers of the upstream's reply for the client, without what concerned the upstream's connection only. */
export function downstreamHeaders(headers: HeaderMap): HeaderMap {
  const raw = headers.raw
  const named = namedIn(headers.get('connection'))
  const list: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (!hopByHop.has(name) && named?.has(name) !== true) list.push(name, raw[i + 1] ?? '')
  }
  return new HeaderMap(list)
}

/** What a `Connection` header names beside what goes anyway. Framing cannot be named away. */
function namedIn(connection: string | undefined): HeaderNames | undefined {
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return undefined
  const names = connection.toLowerCase().split(/[\s,]+/)
  return new HeaderNames(...names.filter((name) => name !== 'content-length'))
}
