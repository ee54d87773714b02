import { createPublicKey, createSecretKey } from 'node:crypto'
import createExpress from 'express'
import { expressjwt } from 'express-jwt'
import promBundle from 'express-prom-bundle'
import { rateLimit } from 'express-rate-limit'
import { meshMiddleware } from 'sidecarless/express'
import { answer, route } from '../application.js'
import { limit, openMesh } from '../mesh-setup.js'
import { audience, issuer } from '../tokens.js'
import { policiesByHand } from './by-hand.js'
import { portOf } from './node-http.js'

/**
 * Express, bare, with the usual middlewares, with the least by hand or with ours.
 * @param {ReadonlySet<string>} policies
 * @param {import('../tokens.js').Verifier} verifier
 */
export async function serve(policies, verifier) {
  const app = createExpress()
  if (policies.has('metrics')) app.use(promBundle({ includeMethod: true, includePath: true }))
  if (policies.has('limit')) app.use(rateLimit({ windowMs: 60_000, limit, standardHeaders: 'draft-8' }))
  if (policies.has('jwt')) app.use(expressJwt(verifier, policies.has('prepared')))
  if (policies.has('hand')) app.use(middlewareByHand(verifier))
  const mesh = policies.has('mesh') || policies.has('mesh-off') ? openMesh(policies, verifier) : undefined
  if (mesh !== undefined) app.use(meshMiddleware(mesh))
  app.get(route, (_request, response) => {
    response.json(answer())
  })
  const server = await new Promise((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening))
  })
  return {
    port: portOf(server),
    close: async () => {
      server.close()
      await mesh?.close()
    },
  }
}

/**
 * The secret as its page has it, or prepared: it tries to parse a text as a public key first, for each request.
 * @param {import('../tokens.js').Verifier} verifier
 * @param {boolean} prepared
 */
function expressJwt({ alg, key }, prepared) {
  const shared = prepared ? createSecretKey(Buffer.from(key)) : key
  const secret = alg === 'HS256' ? shared : createPublicKey(key)
  return expressjwt({ secret, algorithms: [alg], issuer, audience })
}

/**
 * @param {import('../tokens.js').Verifier} verifier
 * @returns {import('express').RequestHandler}
 */
function middlewareByHand(verifier) {
  const { admit, observe } = policiesByHand(verifier)
  return function byHand(request, response, next) {
    const startMs = performance.now()
    for (const [name, value] of admit(request.headers, request.ip ?? '')) response.setHeader(name, value)
    response.once('finish', function finished() {
      observe(request.method, request.route?.path ?? '', response.statusCode, performance.now() - startMs)
    })
    next()
  }
}
