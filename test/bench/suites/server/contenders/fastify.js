import fastifyJwt from '@fastify/jwt'
import fastifyRateLimit from '@fastify/rate-limit'
import createFastify from 'fastify'
import fastifyMetrics from 'fastify-metrics'
import { meshPlugin } from 'sidecarless/fastify'
import { answer, route } from '../application.js'
import { limit, openMesh } from '../mesh-setup.js'
import { audience, issuer } from '../tokens.js'
import { policiesByHand } from './by-hand.js'
import { portOf } from './node-http.js'

/**
 * Fastify, bare, with its own plugins, with the least by hand or with ours.
 * @param {ReadonlySet<string>} policies
 * @param {import('../tokens.js').Verifier} verifier
 */
export async function serve(policies, verifier) {
  const app = createFastify()
  if (policies.has('metrics')) await app.register(fastifyMetrics.default, { defaultMetrics: { enabled: false } })
  if (policies.has('limit')) await app.register(fastifyRateLimit, { max: limit, timeWindow: '1 minute' })
  if (policies.has('jwt')) await verifyWithFastifyJwt(app, verifier)
  if (policies.has('hand')) hookByHand(app, verifier)
  const mesh = policies.has('mesh') || policies.has('mesh-off') ? openMesh(policies, verifier) : undefined
  if (mesh !== undefined) await app.register(meshPlugin, { mesh })
  app.get(route, async () => answer())
  await app.listen({ port: 0, host: '127.0.0.1' })
  return {
    port: portOf(app.server),
    close: async () => {
      await app.close()
      await mesh?.close()
    },
  }
}

/**
 * @param {import('fastify').FastifyInstance} app
 * @param {import('../tokens.js').Verifier} verifier
 */
async function verifyWithFastifyJwt(app, { alg, key }) {
  await app.register(fastifyJwt, {
    secret: alg === 'HS256' ? key : { private: '', public: key },
    verify: { algorithms: [alg], allowedIss: issuer, allowedAud: audience, cache: true },
  })
  app.addHook('onRequest', (request) => request.jwtVerify())
}

/**
 * @param {import('fastify').FastifyInstance} app
 * @param {import('../tokens.js').Verifier} verifier
 */
function hookByHand(app, verifier) {
  const { admit, observe } = policiesByHand(verifier)
  app.addHook('onRequest', (request, reply, done) => {
    for (const [name, value] of admit(request.headers, request.ip)) reply.header(name, value)
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    observe(request.method, request.routeOptions.url ?? '', reply.statusCode, reply.elapsedTime)
    done()
  })
}
