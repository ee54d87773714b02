import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import tls, { type TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { Clock } from '../../src/core/clock.js'
import { MeshError } from '../../src/core/errors.js'
import { Observer } from '../../src/core/observer.js'
import type { PeerIdentity } from '../../src/core/peer.js'
import type { TlsContext } from '../../src/core/tls.js'
import type { Credentials, IdentitySource } from '../../src/identity/credentials.js'
import { IdentityState } from '../../src/identity/identity-state.js'
import { type ServerTls, serverTls } from '../../src/identity/server-tls.js'

/** A source that a test rotates. */
export class Rotating implements IdentitySource {
  #credentials: Credentials
  readonly #listeners = new Set<() => void>()

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  current(): Credentials {
    return this.#credentials
  }

  subscribe(fn: () => void): () => void {
    this.#listeners.add(fn)
    return () => this.#listeners.delete(fn)
  }

  rotate(credentials: Credentials): void {
    this.#credentials = credentials
    for (const listener of this.#listeners) listener()
  }
}

export function stateOf(source: Credentials | IdentitySource, clock?: Clock): IdentityState {
  const state = new IdentityState('current' in source ? source : new Rotating(source), {
    clock,
    observer: new Observer(),
  })
  onTestFinished(() => state.close())
  return state
}

/** What a test server has seen. */
export interface TestServer {
  readonly port: number
  readonly tls: ServerTls
  readonly server: Server
  readonly rejected: string[]
  requests: number
  readonly peers: (PeerIdentity | undefined)[]
}

/** An https server under an identity: answers `ok`, or 401 for a peer that is no longer one. */
export async function listen(
  state: IdentityState,
  mode: ServerTls['mode'] = 'strict',
  use: 'attached' | 'alone' = 'attached',
): Promise<TestServer> {
  const serving = serverTls(state, mode)
  const server = createServer(serving.options(use === 'attached' ? 'attached' : undefined), (request, response) => {
    seen.requests++
    try {
      // An https server's sockets are TLSSockets.
      seen.peers.push(serving.peerOf(request.socket as TLSSocket))
      response.end('ok')
    } catch (error) {
      const refused = error instanceof MeshError ? error : new MeshError('ERR_MESH_INTERNAL', String(error))
      response.writeHead(refused.status, refused.headers).end(refused.detail)
    }
  })
  if (use === 'attached') serving.attach(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const seen: TestServer = {
    port: (server.address() as AddressInfo).port,
    tls: serving,
    server,
    rejected: [],
    requests: 0,
    peers: [],
  }
  state.observer.on('peer-rejected', ({ reason }) => seen.rejected.push(reason))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return seen
}

/** A connection as the transport makes it: verified before a byte is written. */
export function connect(port: number, context: TlsContext, more: tls.ConnectionOptions = {}): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tls.connect({ host: '127.0.0.1', port, ...context.options, ...more })
    onTestFinished(() => {
      socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('closed')))
    socket.once('secureConnect', () => {
      const refused = context.verify?.(socket)
      if (refused === undefined) resolve(socket)
      else {
        socket.destroy()
        reject(refused)
      }
    })
  })
}

/** One request on a live connection; its whole answer, or how the connection ended. */
export function exchange(socket: TLSSocket): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const done = (result: string): void => {
      socket.removeAllListeners('data').removeAllListeners('error').removeAllListeners('close')
      socket.on('error', () => {})
      resolve(result)
    }
    socket.on('data', (chunk) => {
      text += chunk
      const [head = '', body] = text.split('\r\n\r\n')
      if (body !== undefined && /\r\n\r\n$|ok|0\r\n/.test(text))
        done(`${head.split(' ')[1]} ${body.split('\r\n').join(' ')}`)
    })
    socket.on('error', () => done('closed'))
    socket.on('close', () => done('closed'))
    if (socket.destroyed) done('closed')
    else socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
  })
}
