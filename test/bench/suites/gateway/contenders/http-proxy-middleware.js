/** http-proxy-middleware on Express; its policies are express-jwt, express-rate-limit and express-prom-bundle. */
import { createSecretKey } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import express from 'express'
import { expressjwt } from 'express-jwt'
import promBundle from 'express-prom-bundle'
import { rateLimit } from 'express-rate-limit'
import { createProxyMiddleware } from 'http-proxy-middleware'
import { audience, issuer, secret } from '../tokens.js'

/** @param {import('../gateways.js').Placement} placement */
export async function open({ upstreamPort, policies }) {
  const app = express()
  if (policies) {
    app.use(promBundle({ includeMethod: true }))
    app.use(rateLimit({ windowMs: 3_600_000, limit: 1_000_000_000, standardHeaders: 'draft-8', legacyHeaders: false }))
    // As a text it would be parsed for each request.
    const key = createSecretKey(Buffer.from(secret))
    app.use(expressjwt({ secret: key, algorithms: ['HS256'], issuer, audience }))
  }
  const agent = new http.Agent({ keepAlive: true })
  app.use(createProxyMiddleware({ target: `http://127.0.0.1:${upstreamPort}`, agent, xfwd: true }))
  const server = http.createServer({ keepAliveTimeout: 600_000 }, app).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}
