import type { ClientCall } from '../../core/call.js'
import { durationMs } from '../../core/duration.js'
import { MeshError } from '../../core/errors.js'
import { HeaderMap } from '../../core/headers.js'
import { type Handler, type Interceptor, proceed } from '../../core/interceptor.js'
import { Reply } from '../../core/reply.js'
import { ReplyBody } from '../../core/reply-body.js'
import { compileMatch } from '../../core/string-match.js'
import type { RouteCorsOptions } from './options.js'

interface Grant {
  readonly credentials: boolean
  readonly expose: string
}

/** What a page of a known origin is told with every answer. */
function allow(headers: HeaderMap, origin: string, { credentials, expose }: Grant): void {
  headers.set('access-control-allow-origin', origin)
  if (credentials) headers.set('access-control-allow-credentials', 'true')
  if (expose !== '') headers.set('access-control-expose-headers', expose)
}

async function allowed(call: ClientCall, next: Handler<ClientCall>, origin: string, grant: Grant): Promise<Reply> {
  try {
    const reply = await proceed(call, next)
    allow(reply.headers, origin, grant)
    return reply
  } catch (error) {
    if (error instanceof MeshError) {
      const headers = HeaderMap.from(error.headers)
      allow(headers, origin, grant)
      error.headers = Object.fromEntries(headers)
    }
    throw error
  }
}

/**
 * Cross-origin calls as Envoy's filter treats them on a route: preflights of known origins are answered here, all else is
 * served, and only answers to known origins say that a page may read them.
 */
export function corsStage(options: RouteCorsOptions): Interceptor<ClientCall> {
  const origins = (options.allowOrigins ?? []).map(compileMatch)
  const everyOrigin = origins.some((matches) => matches('*'))
  const methods = (options.allowMethods ?? []).join(',')
  const allowHeaders = (options.allowHeaders ?? []).join(',')
  const maxAgeMs = durationMs(options.maxAge)
  const unmatched = options.unmatchedPreflights ?? 'forward'
  const grant: Grant = {
    credentials: options.allowCredentials === true,
    expose: (options.exposeHeaders ?? []).join(','),
  }

  function grants(call: ClientCall, origin: string, known: boolean): HeaderMap {
    const headers = new HeaderMap()
    if (known) headers.append('access-control-allow-origin', origin)
    if (grant.credentials) headers.append('access-control-allow-credentials', 'true')
    const ask = (header: string): string => call.headers.get(`access-control-request-${header}`) ?? ''
    if (methods !== '') headers.append('access-control-allow-methods', methods === '*' ? ask('method') : methods)
    if (allowHeaders !== '')
      headers.append('access-control-allow-headers', allowHeaders === '*' ? ask('headers') : allowHeaders)
    if (maxAgeMs !== undefined) headers.append('access-control-max-age', String(Math.floor(maxAgeMs / 1000)))
    if (known) allow(headers, origin, grant)
    return headers
  }

  function preflight(call: ClientCall, origin: string, known: boolean): Reply {
    const headers = known || unmatched !== 'refuse' ? grants(call, origin, known) : new HeaderMap()
    const reply = new Reply(200, headers, ReplyBody.of(undefined))
    reply.detail = 'cors_response'
    return reply
  }

  return function cors(call, next) {
    const origin = call.headers.get('origin')
    if (origin === undefined || origin === '') return next(call)
    const known = everyOrigin || origins.some((matches) => matches(origin))
    const asks = call.method === 'OPTIONS' && (call.headers.get('access-control-request-method') ?? '') !== ''
    if (asks && (known || unmatched !== 'forward')) return Promise.resolve(preflight(call, origin, known))
    return known ? allowed(call, next, origin, grant) : next(call)
  }
}
