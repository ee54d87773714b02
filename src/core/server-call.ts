import type { Socket } from 'node:net'
import type { RequestBody } from './body.js'
import { Cancellation } from './cancellation.js'
import { HeaderMap } from './headers.js'
import { type InboundCaller, retriesSpent } from './hop.js'
import { type CanonicalPath, canonicalPath } from './path.js'
import type { PeerIdentity } from './peer.js'
import type { Reply } from './reply.js'
import { pathOf, type Scheme } from './url.js'
import { Values } from './values.js'

/** Claims of a verified token; a null-prototype object. */
export type Claims = Readonly<Record<string, unknown>>

/** A gateway's known client. */
export interface ConsumerRef {
  /** The consumer's UUID; the key's id for a key that belongs to no consumer. */
  readonly id: string
  /** Name at the gateway. */
  readonly username: string | undefined
  /** Name in a system of the user's. */
  readonly customId: string | undefined
  /** Groups for access lists. */
  readonly groups: readonly string[]
  /** The credential that proved it (Kong's `X-Credential-Identifier`): a key id, never a secret. */
  readonly credentialId: string | undefined
}

/** The adapter's side of one inbound request: what a server chain ends in, and where the body comes from. */
export interface ServerExchange {
  /** The connection that the request came over. */
  readonly socket: Socket
  /** Runs the application; resolves when its answer has been written, rejects when the client went away. */
  serve(call: ServerCall): Promise<Reply>
  /** Adds a header to the answer, if that has not begun. */
  declare(name: string, value: string): void
  /** Takes the parameters that were taken out of the query out of what the application sees, too. Default: it is not told. */
  queryReplaced?(before: string, after: string): void
  /** The request body, also when a body parser has read it already. */
  body(): RequestBody
}

/** What an adapter knows of an inbound request. */
export interface ServerCallInit {
  /** HTTP method as received. */
  method: string
  /** Request target as received. */
  target: string
  /** Names and values as received; never changed in place. */
  headers: HeaderMap
  /** How the request came: `https` over TLS. */
  scheme: Scheme
  /** Address of the other end of the socket. */
  remoteAddress: string
  /** Port that the request arrived on. */
  localPort: number
  /** Verified certificate of the other side. Default none. */
  peer?: PeerIdentity | undefined
  /** The connection is encrypted. */
  encrypted?: boolean | undefined
  /** Part of the path that a framework has mounted this chain under; removed for routing, never for authorization. */
  mount?: string | undefined
  /** Where the body comes from and the answer goes. */
  exchange: ServerExchange
}

/** An inbound call. Interceptors fill it from the outside in; the application sees the result as `req.mesh`. */
export class ServerCall extends Cancellation implements InboundCaller {
  /** HTTP method as received, case-sensitive. */
  readonly method: string
  /** Path and query as received; hygiene reduces an absolute-form target to this. */
  target: string
  /** Request headers; hygiene removes those that callers must not set. */
  readonly headers: HeaderMap
  /** How the request came: `https` over TLS. */
  readonly scheme: Scheme
  /** Address of the other end of the socket: a proxy's, if one is in front. */
  readonly remoteAddress: string
  /** Port that the request arrived on. */
  readonly localPort: number
  /** Whether the connection is encrypted. */
  readonly encrypted: boolean
  /** Path that a framework has mounted this chain under: removed for routing, never for authorization. */
  mount: string
  /** Where the body comes from and the answer goes; the adapter takes it back once the answer has ended. */
  exchange: ServerExchange
  /** Host header, lower case; set by hygiene. */
  authority = ''
  /** The client's address behind trusted proxies; set by hygiene. */
  clientAddress: string
  /** Verified certificate of the other side. */
  peer: PeerIdentity | undefined
  /** Who is asking: the token's `iss/sub`, else the consumer, else the peer. */
  principal: string | undefined = undefined
  /** `iss/sub` of the verified token. */
  requestPrincipal: string | undefined = undefined
  /** Claims of the verified token. */
  claims: Claims | undefined = undefined
  /** The gateway's client, once a credential has proven it. */
  consumer: ConsumerRef | undefined = undefined
  /** Absolute, monotonic ms; `Infinity` for none. */
  deadline: number = Number.POSITIVE_INFINITY
  /** The request is a retry of its caller, or was made for one; set by hygiene. */
  repeated = false
  /** It has passed every policy and is the application's. */
  served = false
  /** `x-request-id` of the caller, or a UUID; set by hygiene. */
  requestId = ''
  /** W3C trace context of the caller, if it sent a valid one. */
  traceparent: string | undefined = undefined
  /** W3C vendor state, passed on as it came. */
  tracestate: string | undefined = undefined
  /** Name of the matched route: bounded, for metrics. */
  route: string | undefined = undefined
  /** Name of the service behind a gateway route. */
  service: string | undefined = undefined
  /** How much of the path below the mount the matched route took. */
  taken = 0
  /** Headers for the reply, declared before the application answers: frameworks write them synchronously. */
  readonly replyHeaders: HeaderMap = new HeaderMap()
  private canonical: CanonicalPath | undefined = undefined
  private ownValues: Values | undefined = undefined

  constructor(init: ServerCallInit) {
    super()
    this.method = init.method
    this.target = init.target
    this.headers = init.headers
    this.scheme = init.scheme
    this.remoteAddress = init.remoteAddress
    this.clientAddress = init.remoteAddress
    this.localPort = init.localPort
    this.peer = init.peer
    this.encrypted = init.encrypted ?? false
    this.mount = init.mount ?? ''
    this.exchange = init.exchange
  }

  noteRetriesSpent(): void {
    this.exchange.declare(...retriesSpent)
  }

  /** The canonical path, computed once. Throws `ERR_MESH_BAD_PATH` for an ambiguous one. */
  get path(): CanonicalPath {
    this.canonical ??= canonicalPath(this.target)
    return this.canonical
  }

  /** Replaces the query, so that a credential in it is not passed on; the path that was decided on stays. */
  replaceQuery(query: string): void {
    const before = this.path
    const path = pathOf(before.raw)
    this.target = query === '' ? path : `${path}?${query}`
    this.canonical = { path: before.path, aliases: before.aliases, raw: this.target, query }
    this.exchange.queryReplaced?.(before.query, query)
  }

  /** Typed values that travel with the call. */
  get values(): Values {
    this.ownValues ??= new Values()
    return this.ownValues
  }
}
