import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { noBody, type RequestBody } from '../../core/body.js'
import { MeshError } from '../../core/errors.js'
import { HeaderMap } from '../../core/headers.js'
import { runInbound } from '../../core/inbound.js'
import { type Handler, proceed } from '../../core/interceptor.js'
import { nodeTls } from '../../core/node-tls.js'
import { Reply } from '../../core/reply.js'
import { ReplyBody } from '../../core/reply-body.js'
import { ServerCall, type ServerExchange } from '../../core/server-call.js'
import type { Waiting } from '../../core/waiting.js'
import type { ServerChain } from '../../server/chain.js'
import { callContext, type MeshContext } from '../../server/context.js'
import { plainAddress } from '../../server/forwarded.js'
import { closeWithConnection } from '../../server/pipelined.js'
import { batchReplies } from './replies/index.js'
import { inboundBody } from './request-body.js'
import { showHeaders } from './request-headers.js'
import { showQuery } from './request-query.js'
import { declareHeaders, type HeldHeaders, writeError, writeReply } from './write.js'

/** How a framework goes on with a request once the policies have let it through. */
export type ServeApp = (context: MeshContext) => void

/** A request that has been let through, and by whose policies. */
class Passed {
  readonly owner: object
  readonly call: ServerCall
  readonly context: MeshContext
  /** The policies further out that have let it through too. */
  readonly outer: Passed | undefined

  constructor(owner: object, call: ServerCall, context: MeshContext, outer: Passed | undefined) {
    this.owner = owner
    this.call = call
    this.context = context
    this.outer = outer
  }

  by(owner: object): boolean {
    return this.owner === owner || this.outer?.by(owner) === true
  }
}

/** On the request itself: an entry of a `WeakMap` would cost each request more, and the collector most. */
const passed: unique symbol = Symbol('sidecarless.passed')

interface Request extends IncomingMessage {
  [passed]?: Passed
}

function aborted(): MeshError {
  return new MeshError('ERR_MESH_ABORTED', 'the client went away')
}

/** By a framework's time-out, say, while policies or an upstream are still waited for. */
function answeredElsewhere(): MeshError {
  return new MeshError('ERR_MESH_ABORTED', 'the request was answered by something else')
}

/** A pipelined response is not destroyed with its connection unless somebody sees to it, and nobody may have yet. */
function isGone(response: ServerResponse, socket: Socket): boolean {
  return response.destroyed || (response.socket === null && socket.destroyed)
}

/**
 * What a call has once its answer has ended. Whatever still holds the call - a timer that was set while it was served
 * carries its context - holds no request, response and framework's objects with it.
 */
class EndedExchange implements ServerExchange {
  readonly socket: Socket

  constructor(socket: Socket) {
    this.socket = socket
  }

  serve(): Promise<Reply> {
    return Promise.reject(aborted())
  }

  declare(): void {}

  body(): RequestBody {
    return noBody
  }
}

/** Policies further in build on what those further out have found out; none of it can be asked for again. */
function inherit(call: ServerCall, outer: ServerCall): void {
  call.requestId = outer.requestId
  call.clientAddress = outer.clientAddress
  call.peer = outer.peer
  call.principal = outer.principal
  call.requestPrincipal = outer.requestPrincipal
  call.claims = outer.claims
  call.consumer = outer.consumer
  call.deadline = outer.deadline
  call.repeated = outer.repeated
  call.traceparent = outer.traceparent
  call.tracestate = outer.tracestate
}

/** One request on Node's own objects: the shim that Express, Fastify and plain servers share. */
export class NodeExchange implements ServerExchange {
  readonly socket: Socket
  readonly #request: Request
  readonly #response: ServerResponse
  readonly #chain: ServerChain
  readonly #serveApp: ServeApp
  readonly #held: HeldHeaders | undefined
  /** What policies further out have made of the request. */
  readonly #outer: Passed | undefined
  /** The server ring, which waits for the application's answer to end. */
  #waiting: Waiting<Reply> | undefined = undefined
  /** The chain has answered, or failed. */
  #settled = false

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    chain: ServerChain,
    serveApp: ServeApp,
    held?: HeldHeaders,
  ) {
    this.socket = request.socket
    this.#request = request
    this.#response = response
    this.#chain = chain
    this.#serveApp = serveApp
    this.#held = held
    this.#outer = this.#request[passed]
  }

  /**
   * Runs the chain for this request and writes what it answers; for a client that has gone already, nothing. `target` is
   * the path before any mounting.
   */
  run(target: string, mount = ''): void {
    if (isGone(this.#response, this.socket)) return
    if (this.#outer?.by(this.#chain.owner) === true) this.#goOn(this.#outer, mount)
    else this.#begin(target, mount)
  }

  /** The same policies have let this request through already, further out: a server around an application has them too. */
  #goOn({ call, context }: Passed, mount: string): void {
    const { inner } = this.#chain
    call.mount = mount
    if (inner === undefined) this.#serveApp(context)
    else {
      this.#endWithResponse(call)
      this.#answer(call, inner)
    }
  }

  #begin(target: string, mount: string): void {
    const { socket } = this
    closeWithConnection(socket, this.#response)
    if (this.#chain.batchesReplies) batchReplies(socket, this.#response)
    const encrypted = socket instanceof nodeTls.TLSSocket
    const call = new ServerCall({
      method: this.#request.method ?? 'GET',
      target,
      headers: HeaderMap.over(this.#request.rawHeaders),
      scheme: encrypted ? 'https' : 'http',
      remoteAddress: plainAddress(socket.remoteAddress ?? ''),
      localPort: socket.localPort ?? 0,
      encrypted,
      mount,
      exchange: this,
    })
    if (this.#outer !== undefined) inherit(call, this.#outer.call)
    this.#endWithResponse(call)
    this.#answer(call, this.#chain.handle)
  }

  /** An application's answer is the call's; any other that the chain knows nothing of leaves nobody to answer. */
  #endWithResponse(call: ServerCall): void {
    this.#response.on('close', () => {
      if (!this.#response.writableFinished) {
        call.cancel(aborted())
        this.#waiting?.reject(call.reason)
      } else if (this.#waiting !== undefined)
        this.#waiting.resolve(new Reply(this.#response.statusCode, new HeaderMap(), ReplyBody.of(undefined)))
      else if (!this.#settled) call.cancel(answeredElsewhere())
      call.exchange = new EndedExchange(this.socket)
    })
  }

  #answer(call: ServerCall, handler: Handler<ServerCall>): void {
    proceed(call, handler).then(
      (reply) => {
        this.#settled = true
        writeReply(this.#response, call, reply, this.#chain, this.#held)
      },
      (error) => {
        this.#settled = true
        writeError(this.#response, call, error, this.#chain, this.#held)
      },
    )
  }

  serve(call: ServerCall): Promise<Reply> {
    if (call.cancelled) return Promise.reject(call.reason)
    showHeaders(this.#request, call.headers)
    declareHeaders(this.#response, call)
    const context = callContext(call, this.#chain.logger)
    this.#request[passed] = new Passed(this.#chain.owner, call, context, this.#outer)
    return new Promise<Reply>((resolve, reject) => {
      this.#waiting = { resolve, reject }
      runInbound(context, this.#serveApp)
    })
  }

  declare(name: string, value: string): void {
    if (!this.#response.headersSent) this.#response.setHeader(name, value)
  }

  queryReplaced(before: string, after: string): void {
    showQuery(this.#request, this.#held?.request, before, after)
  }

  body(): RequestBody {
    return inboundBody(this.#request)
  }
}
