import { constants } from 'node:crypto'
import type { Socket } from 'node:net'
import type { TlsOptions as NodeTlsOptions, Server, TLSSocket } from 'node:tls'
import { isMeshError, MeshError } from '../core/errors.js'
import type { PeerIdentity } from '../core/peer.js'
import type { IdentityState } from './identity-state.js'
import type { MtlsMode } from './mtls-mode.js'
import { peerOf } from './peer.js'
import { chainOfClient } from './presented-chain.js'
import { identityRefusal, ownExpired, tlsRefusal } from './refusal.js'
import { noRoots, type TrustBundles } from './trust-bundles.js'

/** Longest a client may take over its handshake: half-open ones are cheap for it and not for us. */
const handshakeTimeoutMs = 5_000

/** TLS of a server that proves itself and, in `strict` mode, demands the same of its callers. */
export interface ServerTls {
  readonly mode: Exclude<MtlsMode, 'disable'>
  /**
   * Today's options for `https.createServer` and `setSecureContext`. On their own, in `strict` mode OpenSSL refuses
   * callers without a trusted certificate, and `peerOf` does the rest at the first request, by the roots handed out last;
   * for a server that will be attached, say so, and the refusal is ours, with its reason.
   */
  options(use?: 'attached'): NodeTlsOptions
  /**
   * Puts a server that was made with `options('attached')` under this identity: every connection is verified before a byte of a
   * request is read, and new credentials serve from the next handshake on. Returns a function that lets it go.
   */
  attach(server: Server): () => void
  /** Calls `fn` after every rotation, for servers that are not attached; returns the unsubscriber. */
  onRotate(fn: () => void): () => void
  /**
   * Whose certificate a connection presented, checked anew for every request; undefined when it presented none. Throws
   * `ERR_MESH_UNAUTHENTICATED` for one that is worth nothing, or nothing any more, and `ERR_MESH_UNAVAILABLE` once our own
   * is: answer, and end the connection.
   */
  peerOf(socket: TLSSocket): PeerIdentity | undefined
}

interface Begun {
  readonly bundles: TrustBundles
}

/** The same for a connection and for what TLS makes of it, and for no other of its time. */
function ends({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`
}

/** TLS for servers, from the identity that callers are to see. */
export function serverTls(state: IdentityState, mode: ServerTls['mode']): ServerTls {
  function options(use?: 'attached'): NodeTlsOptions {
    if (use === undefined) state.handedOut.handOut(state.current.bundles)
    return {
      ...state.current.pem,
      minVersion: 'TLSv1.2',
      requestCert: true,
      rejectUnauthorized: mode === 'strict' && use !== 'attached',
      // With tickets off and Node's own session store always empty, nothing can be resumed, in TLS 1.2 and 1.3 alike.
      secureOptions: constants.SSL_OP_NO_TICKET,
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: handshakeTimeoutMs,
    }
  }

  function verify(socket: TLSSocket, asked: TrustBundles): PeerIdentity | undefined {
    if (state.expired) throw ownExpired()
    const peer = peerOf(socket, chainOfClient, state.current, state.clock.wallNow(), asked)
    if (peer === undefined && mode === 'strict')
      throw identityRefusal('no_certificate', 'the peer presented no certificate')
    return peer
  }

  function reject(error: unknown): MeshError {
    const refused = isMeshError(error)
      ? error
      : tlsRefusal('malformed', "the peer's certificate cannot be verified", error)
    state.observer.emit('peer-rejected', { side: 'server', reason: refused.detail ?? refused.code })
    return refused
  }

  return {
    mode,
    options,
    attach(server) {
      /** The handshakes that are under way, with the roots that they have begun with. */
      const begun = new Map<string, Begun>()

      function begin(socket: Socket): void {
        const key = ends(socket)
        const handshake: Begun = { bundles: state.current.bundles }
        begun.set(key, handshake)
        // The ports may be those of another connection by the time that this one tells of its end.
        socket.once('close', () => {
          if (begun.get(key) === handshake) begun.delete(key)
        })
      }
      function admit(socket: TLSSocket): void {
        const key = ends(socket)
        const asked = begun.get(key)?.bundles
        begun.delete(key)
        try {
          verify(socket, asked ?? noRoots)
        } catch (error) {
          reject(error)
          socket.destroy()
        }
      }
      server.prependListener('connection', begin)
      // Before the HTTP parser's own listener: a refused connection is gone before a request can be read from it.
      server.prependListener('secureConnection', admit)
      const stop = state.onRotate(() => server.setSecureContext(options('attached')))
      return function detach() {
        server.off('connection', begin)
        server.off('secureConnection', admit)
        stop()
      }
    },
    onRotate: (fn) => state.onRotate(() => fn()),
    peerOf(socket) {
      try {
        return verify(socket, state.handedOut.asked)
      } catch (error) {
        const refused = reject(error)
        const code = refused.origin === 'local' ? 'ERR_MESH_UNAVAILABLE' : 'ERR_MESH_UNAUTHENTICATED'
        throw new MeshError(code, refused.message, {
          cause: refused,
          detail: refused.detail,
          headers: { connection: 'close' },
        })
      }
    },
  }
}
