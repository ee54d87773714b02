import type { TLSSocket } from 'node:tls'
import type { MeshError } from '../core/errors.js'
import { nodeTls } from '../core/node-tls.js'
import type { Observer } from '../core/observer.js'
import type { TlsClient, TlsContext } from '../core/tls.js'
import type { TlsSettings } from './options.js'
import { checkServerName } from './server-name.js'

/** What a client that verifies host names is made of. */
export interface SimpleTlsOptions {
  readonly settings: TlsSettings
  readonly tag: string
  readonly observer: Observer
}

function notAfter(socket: TLSSocket): number | undefined {
  const { valid_to } = socket.getPeerCertificate()
  return valid_to === undefined ? undefined : Date.parse(valid_to)
}

/** TLS in which only the server proves itself, by its host name. */
export function simpleTls({ settings, tag, observer }: SimpleTlsOptions): TlsClient {
  const { subjectAltNames, serverName, ca } = settings

  function refuse(error: MeshError): MeshError {
    observer.emit('peer-rejected', { side: 'client', reason: error.detail ?? error.code })
    return error
  }

  let context: TlsContext | undefined
  function make(): TlsContext {
    return {
      generation: `simple:${tag}`,
      options: {
        secureContext: nodeTls.createSecureContext({ minVersion: 'TLSv1.2', ...(ca === undefined ? {} : { ca }) }),
        rejectUnauthorized: true,
        ALPNProtocols: ['http/1.1'],
        ...(serverName === undefined ? {} : { servername: serverName }),
        checkServerIdentity(hostname, peer) {
          const refused = checkServerName(peer.raw, subjectAltNames ?? [serverName ?? hostname])
          return refused === undefined ? undefined : refuse(refused)
        },
      },
      notAfter,
    }
  }

  return {
    current() {
      context ??= make()
      return context
    },
  }
}
