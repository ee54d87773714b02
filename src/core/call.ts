import { type BodyInit, noBody, type RequestBody, requestBody } from './body.js'
import { Cancellation } from './cancellation.js'
import type { EndpointRef, RouteRef } from './endpoint.js'
import { MeshError } from './errors.js'
import type { Hash64 } from './hash/hash64.js'
import { type HeaderInit, HeaderMap } from './headers.js'
import type { InboundCaller } from './hop.js'
import type { Handler } from './interceptor.js'
import { type Scheme, splitUrl, wirePath } from './url.js'
import { type CallKey, Values } from './values.js'

/** A call as a user describes it. Either `url`, or `service` and `path`. */
export interface ClientCallInit {
  /** Logical name of the callee. */
  service?: string | undefined
  /** Absolute URL; authority and path go out byte for byte. */
  url?: string | undefined
  /** Default `GET`. */
  method?: string | undefined
  /** Path and query, default `/`. Goes out byte for byte. */
  path?: string | undefined
  /** Names go out as written; an undefined value leaves the header out. */
  headers?: HeaderInit | undefined
  /** String, bytes, stream, or a function that makes a fresh stream for every attempt. */
  body?: BodyInit
}

/** Where a route sends a call: a cluster or a subset of one, with its attempt ring. */
export interface Destination {
  /** `service` or `service|subset`. */
  readonly name: string
  /** Logical name of the callee. */
  readonly service: string
  /** Undefined for all of its endpoints. */
  readonly subset: string | undefined
  /** Runs one attempt. */
  readonly attempt: Handler<ClientCall>
}

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/**
 * An outbound call: a light mutable object that the rings pass along. `fork` makes the child for one attempt,
 * so that what an attempt changes never leaks into the next.
 */
export class ClientCall extends Cancellation {
  /** HTTP method, as it goes to the wire. */
  method: string
  /** The URL's scheme; the connection's is the endpoint's. */
  scheme: Scheme
  /** Host header: what the callee is called, not where it is. */
  authority: string
  /** The authority that the caller named, whatever a route makes of it: where an original destination is. */
  named: string
  /** Path and query as they go to the wire. */
  path: string
  /** Request headers; a fork has its own. */
  headers: HeaderMap
  /** What is sent, and whether it can be sent again. */
  body: RequestBody
  /** Logical name of the callee; empty until looked up. */
  service: string
  /** Address of the client that a gateway serves; undefined for a call of this process itself. */
  clientAddress: string | undefined = undefined
  /** The request that the call is made for; undefined outside of one. */
  caller: InboundCaller | undefined = undefined
  /** What ring-hash and maglev choose by; set once, by the `hash` stage. */
  hash: Hash64 | undefined = undefined
  /** Absolute, monotonic ms; `Infinity` for none. */
  deadline: number = Number.POSITIVE_INFINITY
  /** The request that the call is made for leaves it less time than an endpoint may take: that it runs out is no fault of one. */
  hurried = false
  /** 0 for the first attempt. */
  attempt = 0
  /** Set by the `route` stage. */
  route: RouteRef | undefined = undefined
  /** Where the route leads, by its weights; drawn once, kept by all attempts. */
  destination: Destination | undefined = undefined
  /** Where this attempt goes; set by the `pick` stage. */
  endpoint: EndpointRef | undefined = undefined
  /** Endpoints that attempts of this call landed on, once there is to be another; shared by forks. */
  tried: EndpointRef[] | undefined = undefined
  /** The first byte of the request has gone out: what follows is no longer provably unsent. */
  sent = false
  private ownValues: Values | undefined = undefined

  constructor(method: string, scheme: Scheme, authority: string, path: string, headers: HeaderMap, body: RequestBody) {
    super()
    this.method = method
    this.scheme = scheme
    this.authority = authority
    this.named = authority
    this.path = path
    this.headers = headers
    this.body = body
    this.service = ''
  }

  /** What errors call the callee: its service, or the authority while none is known. */
  get callee(): string {
    return this.service === '' ? this.authority : this.service
  }

  /** Typed values that travel with the call. */
  get values(): Values {
    this.ownValues ??= new Values()
    return this.ownValues
  }

  /** A value without making room for any, for what most calls have not. */
  peek<T>(key: CallKey<T>): T | undefined {
    return this.ownValues?.get(key)
  }

  /** Notes where the call has been, before it is sent again: most are sent once, and need no list. */
  noteTried(): void {
    if (this.endpoint !== undefined) this.tried ??= [this.endpoint]
  }

  /** A child for one attempt: same call, own headers, endpoint and cancellation. Cancelling the parent cancels it. */
  fork(): ClientCall {
    const child = new ClientCall(this.method, this.scheme, this.authority, this.path, this.headers.fork(), this.body)
    child.service = this.service
    child.named = this.named
    child.clientAddress = this.clientAddress
    child.caller = this.caller
    child.hash = this.hash
    child.deadline = this.deadline
    child.hurried = this.hurried
    child.attempt = this.attempt
    child.route = this.route
    child.destination = this.destination
    this.noteTried()
    child.tried = this.tried
    if (this.ownValues !== undefined) child.ownValues = new Values(this.ownValues)
    this.attach(child)
    return child
  }
}

/**
 * Makes a call object for chains that are composed by hand.
 *
 * @example
 * const reply = await send(clientCall({ url: 'http://10.0.0.7/x', method: 'GET' }))
 */
export function clientCall(init: ClientCallInit): ClientCall {
  const method = init.method ?? 'GET'
  if (method !== 'GET' && !token.test(method))
    throw new MeshError('ERR_MESH_BAD_REQUEST', 'the method is not an HTTP token')
  const headers = HeaderMap.from(init.headers)
  const body = init.body === undefined ? noBody : requestBody(init.body)
  if (init.url !== undefined) {
    const target = splitUrl(init.url)
    const path = init.path === undefined ? target.path : wirePath(init.path)
    const call = new ClientCall(method, target.scheme, target.authority, path, headers, body)
    call.service = init.service ?? ''
    return call
  }
  if (init.service === undefined) throw new MeshError('ERR_MESH_BAD_REQUEST', 'a call needs a url or a service')
  const call = new ClientCall(method, 'http', init.service, wirePath(init.path ?? '/'), headers, body)
  call.service = init.service
  return call
}
