import { durationMs } from '../../core/duration.js'
import { directReply, type Reply } from '../../core/reply.js'
import type { ServerCall } from '../../core/server-call.js'
import type { Grant } from './grant.js'
import type { CorsOptions } from './options.js'

const nativeMethods = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE']
const kongMethods = [...nativeMethods, 'OPTIONS', 'TRACE', 'CONNECT']

/** Whether a browser asks for leave before it sends the real request. */
export function isPreflight(call: ServerCall): boolean {
  return call.method === 'OPTIONS' && call.headers.has('origin') && call.headers.has('access-control-request-method')
}

/** Compiles the answer to preflights: 204 natively, 200 as Kong. */
export function preflightReply(options: CorsOptions): (call: ServerCall, grant: Grant) => Reply {
  const isKong = options.dialect === 'kong'
  const methods = (options.methods ?? (isKong ? kongMethods : nativeMethods)).join(',')
  const configured = options.headers?.length === 0 ? undefined : options.headers?.join(',')
  const maxAgeMs = durationMs(options.maxAge)
  const maxAge = maxAgeMs === undefined ? undefined : String(Math.floor(maxAgeMs / 1000))

  function headersFor(call: ServerCall, grant: Grant): Record<string, string> {
    const headers: Record<string, string> = {}
    if (grant.vary || (configured === undefined && !isKong))
      headers.vary = isKong ? 'Origin' : 'Origin, Access-Control-Request-Headers'
    if (grant.allowOrigin === undefined && !isKong) return headers
    if (grant.allowOrigin !== undefined) headers['access-control-allow-origin'] = grant.allowOrigin
    if (grant.credentials) headers['access-control-allow-credentials'] = 'true'
    const allowed = configured ?? call.headers.get('access-control-request-headers')
    if (allowed !== undefined) headers['access-control-allow-headers'] = allowed
    headers['access-control-allow-methods'] = methods
    if (maxAge !== undefined) headers['access-control-max-age'] = maxAge
    const local = call.headers.get('access-control-request-private-network') === 'true'
    if (options.privateNetwork === true && local) headers['access-control-allow-private-network'] = 'true'
    return headers
  }

  return function answerPreflight(call, grant) {
    return directReply(isKong ? 200 : 204, headersFor(call, grant))
  }
}
