import { ClientCall } from '../core/call.js'
import { MeshError } from '../core/errors.js'
import { type Visit, visited } from '../core/guard.js'
import { Bond } from '../core/hold.js'
import { type Handler, proceed } from '../core/interceptor.js'
import type { Reply } from '../core/reply.js'
import type { ServerCall } from '../core/server-call.js'
import { downstreamHeaders, schemeOf, upstreamHeaders } from './proxy-headers.js'
import { readShortBody } from './short-body.js'

/** What of a route the forwarder needs. */
export interface ForwardTarget {
  readonly service: string
  readonly stripPath: boolean
  readonly preserveHost: boolean
}

/** The path that the service sees, and the prefix that was taken off. */
export function forwardedPath(
  { stripPath }: Pick<ForwardTarget, 'stripPath'>,
  { path, taken, query }: { path: string; taken: number; query: string },
): { path: string; prefix: string } {
  const prefix = stripPath ? path.slice(0, taken) : ''
  const rest = stripPath ? path.slice(taken) : path
  const forwarded = rest.startsWith('/') ? rest : `/${rest}`
  return { path: query === '' ? forwarded : `${forwarded}?${query}`, prefix }
}

function outboundCall(call: ServerCall, target: ForwardTarget, path: string, taken: number): ClientCall {
  const body = call.exchange.body()
  const forwarded = forwardedPath(target, { path, taken, query: call.path.query })
  const headers = upstreamHeaders(
    call,
    { prefix: forwarded.prefix === '/' ? '' : forwarded.prefix, original: call.target },
    body.kind === 'stream',
  )
  const outbound = new ClientCall(
    call.method,
    schemeOf(call),
    target.preserveHost ? call.authority : target.service,
    forwarded.path,
    headers,
    body,
  )
  outbound.service = target.service
  outbound.clientAddress = call.clientAddress
  outbound.deadline = call.deadline
  outbound.caller = call
  return outbound
}

/** A request that is with the upstream: it ends there when the client goes away, for as long as the reply is not over. */
class Forwarded extends Bond implements Visit {
  replied(reply: Reply): void {
    reply.headers = downstreamHeaders(reply.headers)
    reply.lease.hold(this)
  }

  failed(): void {
    this.release()
  }
}

function exchange(call: ServerCall, outbound: ClientCall, send: Handler<ClientCall>): Promise<Reply> {
  return visited(new Forwarded(call, outbound), proceed(outbound, send))
}

/**
 * Forwards a request to a service of the mesh and its reply back, streaming both ways but for short bodies. What was
 * authorized is what is forwarded: the canonical path and the query as it came. Ends the upstream call when the client
 * goes away.
 */
export function forward(
  call: ServerCall,
  target: ForwardTarget,
  path: string,
  taken: number,
  send: Handler<ClientCall>,
): Promise<Reply> {
  // Without it a WebSocket client would be told of a success that is none; other protocols may be passed over.
  if (call.headers.get('upgrade')?.toLowerCase() === 'websocket')
    return Promise.reject(new MeshError('ERR_MESH_BAD_REQUEST', 'the gateway does not forward WebSockets'))
  const outbound = outboundCall(call, target, path, taken)
  const short = readShortBody(outbound.body, call.headers)
  if (short === undefined) return exchange(call, outbound, send)
  return short.then(function forwardShort(body) {
    outbound.body = body
    return exchange(call, outbound, send)
  })
}
