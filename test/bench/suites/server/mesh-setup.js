/** The mesh under test, from the built package: what its inbound side can demand, as the peers' plugins do. */
import { Registry } from 'prom-client'
import { createMesh } from 'sidecarless'
import { audience, issuer } from './tokens.js'

/** A limit that nobody reaches: every request is counted, none refused. */
export const limit = 1_000_000_000

/**
 * With policies: JWT, rate limit by address in memory, authorization. Metrics are always on, and so is writing the replies of
 * one turn together, unless each is to go out `at-once`.
 * @param {ReadonlySet<string>} policies
 * @param {import('./tokens.js').Verifier} verifier
 */
export function openMesh(policies, { alg, key }) {
  const inbound = {
    jwt: [{ issuer, audiences: [audience], keys: [alg === 'HS256' ? { alg, secret: key } : { alg, publicKey: key }] }],
    rateLimits: [{ name: 'per-client', limit, per: '1m', by: 'ip' }],
    authorization: [
      {
        name: 'readers',
        action: 'allow',
        rules: [
          {
            from: [{ requestPrincipals: [`${issuer}/*`] }],
            to: [{ methods: ['GET'], paths: ['/orders/*'] }],
            when: [{ key: 'request.auth.claims[scope]', values: ['orders:read'] }],
          },
        ],
      },
    ],
  }
  return createMesh({
    service: 'bench',
    metrics: new Registry(),
    batchReplies: !policies.has('at-once'),
    config: policies.has('mesh') ? { inbound } : {},
  })
}
