import type { FastifyInstance, FastifyPluginAsync, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import { ConfigError } from '../core/config-error.js'
import type { Interceptor } from '../core/interceptor.js'
import type { ServerCall } from '../core/server-call.js'
import { chainOf, type HasServerChains, type ServerChain, serverChains } from '../server/chain.js'
import type { MeshContext } from '../server/context.js'
import { hygiene } from '../server/hygiene.js'
import { NodeExchange } from './node/exchange.js'

export type { MeshContext } from '../server/context.js'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the mesh knows about this request; null outside its plugin. */
    mesh: MeshContext | null
  }
}

/** Options of `meshPlugin`. */
export interface MeshPluginOptions {
  /** A mesh, or interceptors that need none. */
  mesh: HasServerChains | readonly Interceptor<ServerCall>[]
  /** Serve the mesh's gateway under the plugin's prefix instead of guarding the application's routes. Default false. */
  gateway?: boolean | undefined
  /** Where the gateway is mounted. Default: at the root. */
  prefix?: string | undefined
}

function guard(fastify: FastifyInstance, chain: ServerChain): void {
  fastify.addHook('onRequest', function guardRequest(request: FastifyRequest, reply: FastifyReply, done: () => void) {
    function proceed(context: MeshContext): void {
      request.mesh = context
      done()
    }
    new NodeExchange(request.raw, reply.raw, chain, proceed, reply).run(request.raw.url ?? '/')
  })
}

/** The gateway in a scope of its own, so that its raw bodies stay there. */
function forwarder(chain: ServerChain): FastifyPluginCallback {
  return function gateway(scope, _options, done) {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      '*',
      function leaveUnread(_request: FastifyRequest, _payload: unknown, parsed: (error: null) => void) {
        parsed(null)
      },
    )
    function serveGateway(request: FastifyRequest, reply: FastifyReply): void {
      reply.hijack()
      new NodeExchange(request.raw, reply.raw, chain, () => {}, reply).run(request.raw.url ?? '/', scope.prefix)
    }
    scope.all('/', serveGateway)
    scope.all('/*', serveGateway)
    done()
  }
}

/** Its requests and replies are Node's of HTTP/1.1: better no start than a refusal of every request. */
function demandHttp1({ initialConfig }: FastifyInstance): void {
  if (initialConfig.http2 === true)
    throw new ConfigError([{ path: 'fastify.http2', message: 'meshPlugin serves HTTP/1.1 only', got: 'true' }])
}

async function plugin(fastify: FastifyInstance, options: MeshPluginOptions): Promise<void> {
  demandHttp1(fastify)
  if (!fastify.hasRequestDecorator('mesh')) fastify.decorateRequest('mesh', null)
  const { mesh } = options
  if (!(serverChains in mesh)) guard(fastify, chainOf([hygiene(), ...mesh]))
  else if (options.gateway !== true) guard(fastify, mesh[serverChains].inbound)
  else await fastify.register(forwarder(mesh[serverChains].gateway), { prefix: options.prefix ?? '' })
}

/**
 * Authentication, authorization, limits and telemetry around an application's routes, or the gateway, for Fastify 5.
 * As a guard it concerns the routes of the instance that registers it (what `fastify-plugin` does); as a gateway it is
 * encapsulated under its prefix. Its answers have the headers that hooks before it have set, such as those of
 * `@fastify/cors`, beside their own. Registering it rejects with a `ConfigError` when Fastify serves HTTP/2.
 *
 * @example
 * await app.register(meshPlugin, { mesh })
 * await app.register(meshPlugin, { mesh, gateway: true, prefix: '/edge' })
 */
export const meshPlugin: FastifyPluginAsync<MeshPluginOptions> = Object.assign(plugin, {
  [Symbol.for('skip-override')]: true,
  [Symbol.for('fastify.display-name')]: 'sidecarless',
  [Symbol.for('plugin-meta')]: { name: 'sidecarless', fastify: '5.x' },
})
