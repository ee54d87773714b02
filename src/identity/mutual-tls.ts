import type { SecureContext, TLSSocket } from 'node:tls'
import type { Clock } from '../core/clock.js'
import { isMeshError, type MeshError } from '../core/errors.js'
import { nodeTls } from '../core/node-tls.js'
import type { Observer } from '../core/observer.js'
import type { PeerIdentity } from '../core/peer.js'
import type { TlsClient, TlsContext } from '../core/tls.js'
import { matchesIdentity } from './identity-pattern.js'
import type { IdentitySnapshot } from './identity-snapshot.js'
import type { IdentityState } from './identity-state.js'
import type { TlsSettings } from './options.js'
import { peerOf, verifyChain } from './peer.js'
import { chainBehind, chainOfServer } from './presented-chain.js'
import { identityRefusal, ownExpired, tlsRefusal } from './refusal.js'

/** What a client that proves itself is made of. */
export interface MutualTlsOptions {
  readonly settings: TlsSettings
  readonly tag: string
  readonly identity: IdentityState
  readonly clock: Clock
  readonly observer: Observer
}

/** One context a generation for all services: loading keys and roots is the dear part of it. */
const secureContexts = new WeakMap<IdentitySnapshot, SecureContext>()

function secureContextOf(snapshot: IdentitySnapshot): SecureContext {
  let context = secureContexts.get(snapshot)
  if (context === undefined) {
    context = nodeTls.createSecureContext({ ...snapshot.pem, minVersion: 'TLSv1.2' })
    secureContexts.set(snapshot, context)
  }
  return context
}

/**
 * TLS in which both sides prove themselves by SPIFFE IDs, whatever the host name. A new generation of credentials is a
 * new context; sessions are never resumed, for a resumed one keeps the old identity and skips every check.
 */
export function mutualTls(options: MutualTlsOptions): TlsClient {
  const { settings, tag, identity, clock, observer } = options
  const { subjectAltNames, serverName } = settings

  function checkExpected(peer: PeerIdentity, snapshot: IdentitySnapshot): void {
    const expected = subjectAltNames ?? [`any identity of trust domain "${snapshot.id.trustDomain}"`]
    const met =
      subjectAltNames === undefined
        ? peer.trustDomain === snapshot.id.trustDomain
        : subjectAltNames.some((pattern) => matchesIdentity({ uri: peer.spiffeId }, pattern))
    if (!met)
      throw identityRefusal(
        'unexpected_identity',
        `expected ${expected.join(' or ')}, the peer presented ${peer.spiffeId}`,
      )
  }

  /** Runs a check and tells of its refusal. */
  function refusalOf(check: () => void): MeshError | undefined {
    try {
      check()
      return undefined
    } catch (error) {
      const refused = isMeshError(error)
        ? error
        : tlsRefusal('malformed', "the peer's certificate cannot be verified", error)
      observer.emit('peer-rejected', { side: 'client', reason: refused.detail ?? refused.code })
      return refused
    }
  }

  function make(snapshot: IdentitySnapshot): TlsContext {
    return {
      generation: `mutual:${tag}:${snapshot.generation}`,
      ownNotAfter: snapshot.notAfterMs,
      options: {
        secureContext: secureContextOf(snapshot),
        rejectUnauthorized: true,
        ALPNProtocols: ['http/1.1'],
        ...(serverName === undefined ? {} : { servername: serverName }),
        // Replaces the host name check. `verify` checks the same once more, with the socket at hand; clients that know
        // nothing of `verify` are safe too.
        checkServerIdentity: (_hostname, peer) =>
          refusalOf(() => checkExpected(verifyChain(chainBehind(peer), snapshot.bundles, clock.wallNow()), snapshot)),
      },
      verify: (socket) =>
        refusalOf(() => {
          const nowMs = clock.wallNow()
          if (nowMs >= snapshot.notAfterMs) throw ownExpired()
          const peer = peerOf(socket, chainOfServer, snapshot, nowMs)
          if (peer === undefined) throw identityRefusal('no_certificate', 'the peer presented no certificate')
          checkExpected(peer, snapshot)
        }),
      notAfter: (socket: TLSSocket) =>
        Math.min(snapshot.notAfterMs, peerOf(socket, chainOfServer, snapshot, clock.wallNow())?.notAfterMs ?? 0),
    }
  }

  let context = { of: identity.current, made: make(identity.current) }
  return {
    current() {
      const snapshot = identity.current
      if (context.of !== snapshot) context = { of: snapshot, made: make(snapshot) }
      return context.made
    },
  }
}
