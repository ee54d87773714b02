/** @fastify/http-proxy; its policies are @fastify/jwt with its cache, @fastify/rate-limit and fastify-metrics. */
import proxy from '@fastify/http-proxy'
import jwt from '@fastify/jwt'
import rateLimit from '@fastify/rate-limit'
import Fastify from 'fastify'
import metrics from 'fastify-metrics'
import { audience, issuer, secret } from '../tokens.js'

/** @param {import('../gateways.js').Placement} placement */
export async function open({ upstreamPort, policies }) {
  const app = Fastify({ keepAliveTimeout: 600_000 })
  if (policies) {
    await app.register(metrics, { endpoint: '/metrics' })
    await app.register(rateLimit, { max: 1_000_000_000, timeWindow: '1 hour' })
    await app.register(jwt, { secret, verify: { cache: true, allowedIss: issuer, allowedAud: audience } })
    app.addHook('onRequest', (request) => request.jwtVerify())
  }
  await app.register(proxy, { upstream: `http://127.0.0.1:${upstreamPort}` })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return app.addresses()[0]?.port ?? 0
}
