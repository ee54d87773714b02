import { noBody, type RequestBody } from '../../core/body.js'
import { extractBody } from './body.js'
import { hasHeader, headerList } from './headers.js'
import { type FetchUrl, fetchUrl } from './url.js'

/** A request as fetch understands it, before the first hop; redirects make changed copies. */
export interface FetchRequest {
  readonly url: FetchUrl
  readonly method: string
  /** The caller's headers, flat; the defaults come with each hop. */
  readonly headers: readonly string[]
  readonly body: RequestBody
  /** Body of a built-in `Request`, not yet looked at. */
  readonly incoming: ReadableStream<Uint8Array> | undefined
  readonly redirect: 'follow' | 'error' | 'manual'
  readonly cache: string
  readonly integrity: string
  readonly signal: AbortSignal | undefined
  /** What the signal lives on; kept from the garbage collector while the call runs. */
  readonly owner: Request | undefined
}

/** Members that the types of some Node versions lack. */
interface FullInit extends RequestInit {
  cache?: string | undefined
  priority?: string | undefined
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const common: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'])
const normalized: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS'])
const redirects: ReadonlySet<string> = new Set(['follow', 'error', 'manual'])
const credentials: ReadonlySet<string> = new Set(['same-origin', 'include', 'omit'])
const forbidden: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK'])

function methodOf(method: string | undefined): string {
  if (method === undefined) return 'GET'
  if (common.has(method)) return method
  const given = String(method)
  if (!token.test(given)) throw new TypeError(`'${given}' is not a valid HTTP method.`)
  const upper = given.toUpperCase()
  if (forbidden.has(upper)) throw new TypeError(`'${given}' HTTP method is unsupported.`)
  return normalized.has(upper) ? upper : given
}

/** Options that change what is sent, or must be checked, beyond what the quick path knows. */
function isRare(init: FullInit): boolean {
  return (
    (init.cache !== undefined && init.cache !== 'default') ||
    (init.integrity !== undefined && init.integrity !== '') ||
    (init.mode !== undefined && init.mode !== 'cors') ||
    (init.redirect !== undefined && !redirects.has(init.redirect)) ||
    (init.credentials !== undefined && !credentials.has(init.credentials)) ||
    (init.keepalive !== undefined && init.keepalive !== false) ||
    init.priority !== undefined ||
    init.referrer !== undefined ||
    init.referrerPolicy !== undefined ||
    (init.window !== undefined && init.window !== null)
  )
}

function signalOf(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined
  if (!(signal instanceof AbortSignal))
    throw new TypeError("Failed to construct 'Request': member signal is not of type AbortSignal.")
  return signal
}

function quickRequest(input: string | URL, init: RequestInit): FetchRequest | undefined {
  const url = fetchUrl(input)
  if (url === undefined) return undefined
  const method = methodOf(init.method)
  const headers = headerList(init.headers)
  const signal = signalOf(init.signal)
  let body = noBody
  if (init.body !== undefined && init.body !== null) {
    if (method === 'GET' || method === 'HEAD') throw new TypeError('Request with GET/HEAD method cannot have body.')
    const extracted = extractBody(init.body, init.duplex)
    body = extracted.body
    if (extracted.type !== undefined && !hasHeader(headers, 'content-type'))
      headers.push('content-type', extracted.type)
    if (extracted.length !== undefined && !hasHeader(headers, 'content-length'))
      headers.push('content-length', String(extracted.length))
  }
  return {
    url,
    method,
    headers,
    body,
    incoming: undefined,
    redirect: init.redirect ?? 'follow',
    cache: 'default',
    integrity: '',
    signal,
    owner: undefined,
  }
}

function fromRequest(request: Request, signal: AbortSignal | undefined): FetchRequest | undefined {
  const url = fetchUrl(request.url)
  if (url === undefined) return undefined
  return {
    url,
    method: request.method,
    headers: headerList(request.headers),
    body: noBody,
    incoming: request.body ?? undefined,
    redirect: request.redirect,
    cache: request.cache,
    integrity: request.integrity,
    signal,
    owner: request,
  }
}

/**
 * Reads what fetch was given. Strings and URLs with the usual options make no WHATWG object; a `Request` or a rare
 * option goes through the built-in `Request`, which is also the judge of what is valid. Undefined for a scheme other
 * than http(s). Throws the built-in's `TypeError`s.
 */
export function fetchRequest(input: string | URL | Request, init: RequestInit | undefined): FetchRequest | undefined {
  const usual = init === undefined || init === null || (typeof init === 'object' && !isRare(init))
  if (typeof input === 'string' || !(input instanceof Request)) {
    if (usual)
      return quickRequest(typeof input === 'string' || input instanceof URL ? input : String(input), init ?? {})
    if (fetchUrl(typeof input === 'string' || input instanceof URL ? input : String(input)) === undefined)
      return undefined
    const request = new Request(input, init)
    return fromRequest(request, signalOf(init?.signal))
  }
  if (init !== undefined && init !== null) {
    const signal = init.signal === undefined ? input.signal : signalOf(init.signal)
    return fromRequest(new Request(input, init), signal)
  }
  if (input.bodyUsed || input.body?.locked === true)
    throw new TypeError('Cannot construct a Request with a Request object that has already been used.')
  return fromRequest(input, input.signal)
}
