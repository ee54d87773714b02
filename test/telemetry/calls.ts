import { type ClientCall, clientCall, type Destination } from '../../src/core/call.js'
import { HeaderMap } from '../../src/core/headers.js'
import type { PeerIdentity } from '../../src/core/peer.js'
import { directReply, Reply } from '../../src/core/reply.js'
import { ReplyBody } from '../../src/core/reply-body.js'
import { ServerCall } from '../../src/core/server-call.js'
import { exchange } from '../core/exchange.js'

/** A reply whose body ends when the test says so. */
export function openReply(status: number): Reply {
  return new Reply(
    status,
    HeaderMap.from({ 'content-length': '10' }),
    new ReplyBody({ pause() {}, resume() {}, cancel() {} }),
  )
}

/** An outbound call to `reviews`. */
export function outbound(path = '/'): ClientCall {
  return clientCall({ service: 'reviews', path })
}

/** Where a router would have sent it. */
export function toSubset(subset: string): Destination {
  return { name: `reviews|${subset}`, service: 'reviews', subset, attempt: () => Promise.resolve(directReply(200)) }
}

/** A caller with a certificate. */
export const webPeer: PeerIdentity = {
  spiffeId: 'spiffe://td/ns/shop/sa/web',
  trustDomain: 'td',
  principal: 'td/ns/shop/sa/web',
  notAfterMs: Number.POSITIVE_INFINITY,
  fingerprint: '',
}

/** An inbound call as an adapter would make it. */
export function inbound(
  init: { target?: string; headers?: Record<string, string>; peer?: PeerIdentity; method?: string } = {},
): ServerCall {
  return new ServerCall({
    method: init.method ?? 'GET',
    target: init.target ?? '/',
    headers: HeaderMap.from(init.headers),
    scheme: 'http',
    remoteAddress: '192.0.2.1',
    localPort: 8080,
    peer: init.peer,
    exchange: exchange(),
  })
}
