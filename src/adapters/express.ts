import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Interceptor } from '../core/interceptor.js'
import type { ServerCall } from '../core/server-call.js'
import { chainOf, type HasServerChains, type ServerChain, serverChains } from '../server/chain.js'
import type { MeshContext } from '../server/context.js'
import { hygiene } from '../server/hygiene.js'
import { NodeExchange } from './node/exchange.js'
import { shareHiddenClass } from './node/hidden-class.js'

export type { MeshContext } from '../server/context.js'

declare global {
  namespace Express {
    interface Request {
      /** What the mesh knows about this request; undefined outside its middleware. */
      mesh?: MeshContext
    }
  }
}

/** The part of Express's request that differs from Node's. */
interface MountedRequest extends IncomingMessage {
  originalUrl?: string
  baseUrl?: string
  mesh?: MeshContext
}

/** A connect-style middleware: Express 4 and 5, and whatever else speaks connect. */
export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

function middleware(chain: ServerChain): Middleware {
  return function sidecarless(request: MountedRequest, response, next) {
    shareHiddenClass(request, response)
    const exchange = new NodeExchange(request, response, chain, function proceed(context) {
      request.mesh = context
      next()
    })
    exchange.run(request.originalUrl ?? request.url ?? '/', request.baseUrl ?? '')
  }
}

/**
 * Authentication, authorization, limits and telemetry around an application's own routes, for Express 4 and 5. Takes
 * a mesh, or interceptors that need none. Decides on the original path, whatever it is mounted under.
 *
 * @example
 * app.use(meshMiddleware(mesh))
 */
export function meshMiddleware(mesh: HasServerChains | readonly Interceptor<ServerCall>[]): Middleware {
  return middleware(serverChains in mesh ? mesh[serverChains].inbound : chainOf([hygiene(), ...mesh]))
}

/**
 * The mesh's gateway as a middleware: requests go through its plugins to the services behind it.
 *
 * @example
 * app.use('/edge', meshGateway(mesh))
 */
export function meshGateway(mesh: HasServerChains): Middleware {
  return middleware(mesh[serverChains].gateway)
}
