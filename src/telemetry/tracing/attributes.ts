import type { Attributes } from '@opentelemetry/api'
import type { ClientCall } from '../../core/call.js'
import type { ServerCall } from '../../core/server-call.js'
import { hostOf, pathOf, portOf } from '../../core/url.js'

const methods: ReadonlySet<string> = new Set([
  'CONNECT',
  'DELETE',
  'GET',
  'HEAD',
  'OPTIONS',
  'PATCH',
  'POST',
  'PUT',
  'QUERY',
  'TRACE',
])

/** The method, or `_OTHER`: anybody can invent methods. */
export function knownMethod(method: string): string {
  return methods.has(method) ? method : '_OTHER'
}

/** Attributes of a logical outbound call, by OpenTelemetry's HTTP conventions; the query is left out. */
export function clientAttributes(call: ClientCall): Attributes {
  return {
    'http.request.method': knownMethod(call.method),
    'server.address': hostOf(call.authority),
    'server.port': portOf(call.authority, call.scheme),
    'url.full': `${call.scheme}://${call.authority}${pathOf(call.path)}`,
    'mesh.service': call.service,
  }
}

/** Attributes of an inbound call, by the same conventions. */
export function serverAttributes(call: ServerCall): Attributes {
  const userAgent = call.headers.get('user-agent')
  return {
    'http.request.method': knownMethod(call.method),
    'url.scheme': call.scheme,
    'url.path': pathOf(call.target),
    ...(userAgent === undefined ? {} : { 'user_agent.original': userAgent.slice(0, 256) }),
  }
}
