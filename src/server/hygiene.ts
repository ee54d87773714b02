import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from '../core/clock.js'
import { MeshError } from '../core/errors.js'
import { guarding } from '../core/guard.js'
import { HeaderNames } from '../core/header-names.js'
import { isRepeated, waitingMs } from '../core/hop.js'
import type { Interceptor } from '../core/interceptor.js'
import type { ServerCall } from '../core/server-call.js'
import { splitUrl } from '../core/url.js'
import { clientAddress } from './forwarded.js'

/** Headers that say who somebody is: only this library may set them. */
const identityNames = [
  'x-forwarded-client-cert',
  'x-spiffe-id',
  'x-consumer-id',
  'x-consumer-custom-id',
  'x-consumer-username',
  'x-consumer-groups',
  'x-authenticated-groups',
  'x-credential-identifier',
  'x-anonymous-consumer',
  'x-http-method-override',
  'x-envoy-internal',
  'proxy',
]
/** Headers that only a trusted proxy may send. */
const forwardedNames = [
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-forwarded-prefix',
  'x-forwarded-path',
  'forwarded',
  'x-real-ip',
]
const identityHeaders = new HeaderNames(...identityNames)
const forwardedHeaders = new HeaderNames(...forwardedNames)
/** How names of both kinds begin, `x-mesh-`, `x-jwt-` and `x-envoy-` too: most headers need no closer look. */
const beginnings: ReadonlySet<number> = new Set(
  ['x', ...identityNames, ...forwardedNames].map((name) => name.charCodeAt(0)),
)
/** Headers that a client can never have removed by naming them in `Connection`. */
const unnameable: ReadonlySet<string> = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'authorization',
  'connection',
  'te',
  'trailer',
  'upgrade',
])
const singletons = new HeaderNames('host', 'authorization', 'content-length')
const ourPrefix = /^x-(?:mesh|jwt)-/i
const envoyPrefix = /^x-envoy-/i
const requestIdForm = /^[\w.:-]{1,128}$/
const traceparentForm = /^[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/
const hostForm = /^(?:[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_.])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/
/** Header fields a request may have, as Envoy's default. */
const maxHeaders = 100

function bad(message: string, status = 400): MeshError {
  return new MeshError('ERR_MESH_BAD_REQUEST', message, { status })
}

function authority(call: ServerCall): string {
  const host = (call.headers.get('host') ?? '').toLowerCase()
  if (!hostForm.test(host)) throw bad('the Host header is missing or malformed')
  return host.endsWith('.') || host.includes('.:') ? host.replace(/\.(?=$|:)/, '') : host
}

/** A router that looks for the first slash after a host finds one in the query. */
const withoutPath = /^https?:\/\/[^/]*[?#]/

/** An absolute-form target must name the host that the Host header names. */
function originForm(call: ServerCall): string {
  if (call.target.charCodeAt(0) === 47 || !/^https?:\/\//i.test(call.target)) return call.target
  const lower = call.target.replace(/^https?/i, (scheme) => scheme.toLowerCase())
  if (withoutPath.test(lower)) throw bad('the request target has no path')
  const target = splitUrl(lower)
  if (target.authority.toLowerCase() !== call.headers.get('host')?.toLowerCase())
    throw bad('the request target names another host')
  return target.path
}

function spoofable(name: string, believed: boolean): boolean {
  if (!beginnings.has(name.charCodeAt(0) | 32)) return false
  const dashed = name.includes('_') ? name.replaceAll('_', '-') : name
  if (identityHeaders.has(dashed) || ourPrefix.test(dashed)) return true
  if (envoyPrefix.test(dashed)) return !believed
  return forwardedHeaders.has(dashed) && (!believed || dashed !== name)
}

function namedHopByHop(call: ServerCall): readonly string[] {
  const connection = call.headers.get('connection')
  if (connection === undefined || connection === 'keep-alive' || connection === 'close') return []
  return connection
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '' && !unnameable.has(name))
}

function clean(call: ServerCall, believed: boolean): void {
  const raw = call.headers.raw
  if (raw.length > maxHeaders * 2) throw bad('too many header fields', 431)
  const drop: string[] = []
  let seen = 0
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? ''
    if (singletons.has(name)) {
      // They differ in length: each has a bit of its own.
      const bit = 1 << name.length
      if ((seen & bit) !== 0) throw bad(`more than one ${name.toLowerCase()} header`)
      seen |= bit
    }
    if (spoofable(name, believed)) drop.push(name)
  }
  for (const name of namedHopByHop(call)) drop.push(name)
  for (const name of drop) call.headers.delete(name)
}

/**
 * The first thing that happens to a request: what could be read in two ways is refused, what only we or a trusted
 * proxy may say is removed, and path, host, client address, deadline, trace and request id are settled for everybody
 * after (Envoy's header sanitising).
 */
export function hygiene(
  options: { trustedProxies?: number | readonly string[] | undefined } = {},
  deps: { clock?: Clock | undefined } = {},
): Interceptor<ServerCall> {
  const clock = deps.clock ?? systemClock
  const addresses = clientAddress(options.trustedProxies)

  function sanitise(call: ServerCall): void {
    const believed = addresses.trusts(call)
    const waits = waitingMs(call.headers)
    if (waits !== Number.POSITIVE_INFINITY) call.deadline = Math.min(call.deadline, clock.now() + waits)
    call.repeated = isRepeated(call.headers)
    call.clientAddress = addresses.of(call)
    clean(call, believed)
    const id = call.headers.get('x-request-id')
    call.requestId = id !== undefined && requestIdForm.test(id) ? id : randomUUID()
    if (id !== call.requestId) call.headers.set('x-request-id', call.requestId)
    const traceparent = call.headers.get('traceparent')
    if (traceparent !== undefined && traceparentForm.test(traceparent)) {
      call.traceparent = traceparent
      call.tracestate = call.headers.get('tracestate')
    } else if (traceparent !== undefined) call.headers.delete('traceparent')
  }

  function settle(call: ServerCall): void {
    // Inside other policies that is done, and the headers that they set are theirs.
    if (call.requestId === '') sanitise(call)
    call.authority = authority(call)
    call.target = originForm(call)
    if (call.path.path === '*' && call.method !== 'OPTIONS') throw bad('only OPTIONS may ask for "*"')
  }

  return guarding(function headerHygiene(call: ServerCall) {
    try {
      settle(call)
    } catch (error) {
      // Whose it is has not been looked at: nobody keeps a connection open by requests that are refused before that.
      if (call.encrypted) call.replyHeaders.set('connection', 'close')
      throw error
    }
    return undefined
  })
}
