import { compose, type Handler, type Interceptor } from '../core/interceptor.js'
import { type Logger, silentLogger } from '../core/logger.js'
import type { ServerCall } from '../core/server-call.js'
import { keepTicksFast } from '../core/tick.js'

/** A server ring that adapters can run requests through. */
export interface ServerChain {
  /** The ring around the application; reads the current snapshot, so that a swap concerns the next request. */
  readonly handle: Handler<ServerCall>
  readonly logger: Logger
  /** Chains of one owner have the same policies: a request that passed one of them is not asked again. */
  readonly owner: object
  /** What the policies stand around when it is not the application: the gateway. */
  readonly inner?: Handler<ServerCall> | undefined
  /** Whether replies that get ready in one turn of the event loop are written together. */
  readonly batchesReplies: boolean
  /** Is told of an error of our own, or of the user's code, that the client is not told. */
  onFault(error: Error, call: ServerCall): void
}

/** The end of a server ring: the application that the adapter wraps. */
export function application(call: ServerCall): ReturnType<Handler<ServerCall>> {
  if (call.cancelled) return Promise.reject(call.reason)
  call.served = true
  return call.exchange.serve(call)
}

/** A ring composed by hand. */
export function chainOf(interceptors: readonly Interceptor<ServerCall>[], logger: Logger = silentLogger): ServerChain {
  keepTicksFast()
  return {
    handle: compose(interceptors, application),
    logger,
    owner: {},
    batchesReplies: true,
    onFault: (err, { requestId }) => logger.error({ err, requestId }, 'a request failed by an unexpected error'),
  }
}

/**
 * Where a mesh keeps the chains that adapters run.
 *
 * @internal
 */
export const serverChains: unique symbol = Symbol('sidecarless.serverChains')

/**
 * The chains of a mesh.
 *
 * @internal
 */
export interface ServerChains {
  /** Around the application's own routes. */
  readonly inbound: ServerChain
  /** Around the gateway's forwarder. */
  readonly gateway: ServerChain
}

/** What adapters take: a mesh, as far as they need it. */
export interface HasServerChains {
  /** @internal */
  readonly [serverChains]: ServerChains
}
