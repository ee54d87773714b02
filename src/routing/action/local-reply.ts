import type { ClientCall } from '../../core/call.js'
import { HeaderMap } from '../../core/headers.js'
import { Reply } from '../../core/reply.js'
import { ReplyBody } from '../../core/reply-body.js'
import { type HeaderPlan, noStatus } from './header-plan.js'

/** gRPC's status for an HTTP status, as Envoy maps its own replies; 2 (unknown) for any other. */
const grpcStatuses: ReadonlyMap<number, number> = new Map([
  [400, 13],
  [401, 16],
  [403, 7],
  [404, 12],
  [429, 14],
  [502, 14],
  [503, 14],
  [504, 14],
])

/** An answer of our own. */
export interface LocalReply {
  readonly status: number
  readonly body: string
  /** Where to, for a redirect and what looks like one. */
  readonly location?: string | undefined
  /** Envoy's response flag, if it has one for this. */
  readonly flag?: string | undefined
  /** In Envoy's spelling: `direct_response`. */
  readonly detail: string
}

function isGrpc(call: ClientCall): boolean {
  return /^application\/grpc(?:\+|$)/.test(call.headers.get('content-type') ?? '')
}

/** Answers a call as Envoy answers by itself: the route's changes to answers are made, and gRPC is told in its own words. */
export function localReply(call: ClientCall, answer: LocalReply, plan: HeaderPlan | undefined): Reply {
  const { location } = answer
  const headers = new HeaderMap()
  if (location !== undefined) headers.append('location', location)
  plan?.onAnswer(call, headers, noStatus)
  const reply = isGrpc(call) ? grpcReply(answer, headers) : plainReply(call, answer, headers)
  reply.flag = answer.flag
  reply.detail = answer.detail
  return reply
}

function plainReply(call: ClientCall, { status, body }: LocalReply, headers: HeaderMap): Reply {
  const text = status === 204 || status === 304 ? '' : body
  if (text === '') {
    headers.delete('content-type')
    headers.delete('content-length')
    return new Reply(status, headers, ReplyBody.of(undefined))
  }
  headers.set('content-length', String(Buffer.byteLength(text)))
  if (!headers.has('content-type')) headers.append('content-type', 'text/plain')
  return new Reply(status, headers, ReplyBody.of(call.method === 'HEAD' ? undefined : text))
}

function grpcReply({ status, body }: LocalReply, headers: HeaderMap): Reply {
  headers.set('content-type', 'application/grpc')
  headers.set('grpc-status', String(grpcStatuses.get(status) ?? 2))
  if (body !== '') headers.set('grpc-message', encodeURIComponent(body).replaceAll('%20', ' '))
  return new Reply(200, headers, ReplyBody.of(undefined))
}
