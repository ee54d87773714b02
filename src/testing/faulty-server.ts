import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { HeaderMap } from '../core/headers.js'
import { type FaultStep, playFault } from './fault-step.js'
import { type Loopback, loopback } from './loopback.js'
import { player, type Script } from './script.js'

/** A whole request that reached a faulty server. */
export interface FaultyRequest {
  /** HTTP method. */
  readonly method: string
  /** Path and query, byte for byte. */
  readonly path: string
  /** As they came: order, case and repetitions. */
  readonly headers: HeaderMap
  /** All of it; empty for none. */
  readonly body: Buffer
  /** Which connection it came over: 1 for the first that the server has accepted. */
  readonly connection: number
  /** Which request of that connection it is: 1 for the first. */
  readonly nth: number
}

/** A server on a real port that misbehaves as told. */
export interface FaultyServer extends Loopback {
  /** Everything that came, in order. */
  readonly requests: readonly FaultyRequest[]
}

interface Connection {
  readonly id: number
  requests: number
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/**
 * Starts a TCP server on a free port of 127.0.0.1 that plays a plan of faults, one step a request: resets, FINs, cut
 * bodies, silence, garbage. With it you see how your own calls bear what networks do.
 *
 * @example
 * await using server = await faultyServer((_request, n) => (n % 2 === 1 ? { drop: 'reset' } : { reply: 200, body: 'ok' }))
 * const api = { endpoints: [{ url: server.url }], retry: { attempts: 1, on: ['reset'] as const } }
 * await using mesh = createMesh({ service: 'test', config: { services: { api } } })
 */
export async function faultyServer(plan: Script<FaultyRequest, FaultStep> = { reply: 200 }): Promise<FaultyServer> {
  const stepOf = player(plan, { reply: 200 })
  const requests: FaultyRequest[] = []
  const known = new WeakMap<Socket, Connection>()

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection = known.get(request.socket)
    if (connection === undefined) return
    const nth = ++connection.requests
    const body = await bodyOf(request)
    const seen: FaultyRequest = {
      method: request.method ?? '',
      path: request.url ?? '',
      headers: new HeaderMap([...request.rawHeaders]),
      body,
      connection: connection.id,
      nth,
    }
    requests.push(seen)
    playFault(stepOf(seen, requests.length), request.socket, response)
  }

  const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    serve(request, response).catch(() => request.socket.destroy())
  })
  return loopback(server, (socket, id) => known.set(socket, { id, requests: 0 }), { requests })
}
