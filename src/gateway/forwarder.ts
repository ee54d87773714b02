import { ClientCall } from '../core/call.js'
import { MeshError } from '../core/errors.js'
import { Bond } from '../core/hold.js'
import type { Handler } from '../core/interceptor.js'
import type { Reply } from '../core/reply.js'
import type { ServerCall } from '../core/server-call.js'
import { type Teller, telling, tellOn } from '../core/teller.js'
import { both, tellFailure, type Visit } from '../core/visit.js'
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
class Forwarded extends Bond {
  override replied(reply: Reply): void {
    reply.headers = downstreamHeaders(reply.headers)
    super.replied(reply)
  }
}

function exchange(
  call: ServerCall,
  outbound: ClientCall,
  send: Handler<ClientCall>,
  visit: Visit | undefined,
): Promise<Reply> {
  return tellOn(outbound, send, both(visit, new Forwarded(call, outbound)))
}

/**
 * The end of a route's ring: forwards a request to a service of the mesh and its reply back, streaming both ways but for
 * short bodies. What was authorized is what is forwarded: the canonical path, below the mount, and the query as it came.
 * Ends the upstream call when the client goes away.
 */
export function forwarder(
  target: ForwardTarget,
  pathOf: (call: ServerCall) => string,
  send: Handler<ClientCall>,
): Teller<ServerCall> {
  return telling(function forward(call: ServerCall, visit) {
    // Without it a WebSocket client would be told of a success that is none; other protocols may be passed over.
    if (call.headers.get('upgrade')?.toLowerCase() === 'websocket')
      return tellFailure(new MeshError('ERR_MESH_BAD_REQUEST', 'the gateway does not forward WebSockets'), visit)
    let outbound: ClientCall
    try {
      outbound = outboundCall(call, target, pathOf(call), call.taken)
    } catch (error) {
      return tellFailure(error, visit)
    }
    const short = readShortBody(outbound.body, call.headers)
    if (short === undefined) return exchange(call, outbound, send, visit)
    return short.then(
      function forwardShort(body) {
        outbound.body = body
        return exchange(call, outbound, send, visit)
      },
      (error) => tellFailure(error, visit),
    )
  })
}
