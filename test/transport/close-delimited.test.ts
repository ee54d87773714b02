import { once } from 'node:events'
import net, { type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import tls from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { clientCall } from '../../src/core/call.js'
import type { EndpointRef } from '../../src/core/endpoint.js'
import type { Reply } from '../../src/core/reply.js'
import type { TlsContext } from '../../src/core/tls.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { createTransport } from '../../src/transport/index.js'
import { Authority } from '../identity/authority.js'

const { cert, key } = Authority.root('A').credentials('spiffe://td.a/ns/shop/sa/api')
const validMs = 3_600_000

interface Scene {
  readonly reply: Reply
  /** The server's end of the connection, after the head of the reply was written. */
  readonly peer: Socket
  /** Breaks the connection off. */
  readonly reset: () => void
  readonly clock: ReturnType<typeof fakeClock>
}

/** A reply whose body is what comes before the connection's end (RFC 9112, 6.3). */
async function replyOver(secure: boolean, head = ''): Promise<Scene> {
  const server = secure ? tls.createServer({ cert, key }) : net.createServer()
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const { port } = address
  const accepted = once(server, secure ? 'secureConnection' : 'connection')
  const wire = once(server, 'connection')
  const clock = fakeClock()
  const notAfter = clock.wallNow() + validMs
  const context: TlsContext = {
    generation: '1',
    options: { rejectUnauthorized: false },
    notAfter: () => notAfter,
  }
  const transport = createTransport({ clock, ...(secure ? { tls: () => ({ current: () => context }) } : {}) })
  onTestFinished(() => transport.destroy())
  const id = `127.0.0.1:${port}`
  const scheme = secure ? 'https' : 'http'
  const endpoint: EndpointRef = { id, scheme, host: '127.0.0.1', port, origin: `${scheme}://${id}` }
  const replied = transport.send(Object.assign(clientCall({ service: 'api' }), { endpoint }))
  const [peer]: Socket[] = await accepted
  if (peer === undefined) throw new Error('no connection')
  peer.on('error', () => {})
  onTestFinished(() => void peer.destroy())
  const [raw]: Socket[] = await wire
  await once(peer, 'data')
  peer.write(`HTTP/1.1 200 OK\r\n${head}\r\n`)
  return { reply: await replied, peer, reset: () => raw?.resetAndDestroy(), clock }
}

/** Reads so slowly that all that can come has come before each step. */
async function readSlowly(reply: Reply): Promise<number> {
  let size = 0
  for await (const piece of reply.body.stream()) {
    size += piece.length
    for (let turns = 0; turns < 5; turns++) await turn()
  }
  return size
}

describe.each([
  { kind: 'plain', secure: false },
  { kind: 'TLS', secure: true },
])('a reply that ends with its connection, $kind', ({ secure }) => {
  it.each([64, 65, 100, 128, 200, 1_000])('is whole for a reader slower than the network: %i KiB', async (kib) => {
    const { reply, peer } = await replyOver(secure)
    peer.end(Buffer.alloc(kib * 1024))
    expect(await readSlowly(reply)).toBe(kib * 1024)
  })

  it('is whole when it waited for its reader', async () => {
    const { reply, peer } = await replyOver(secure)
    peer.end(Buffer.alloc(100 * 1024))
    await once(peer, 'finish')
    for (let turns = 0; turns < 20; turns++) await turn()
    expect((await reply.body.bytes()).length).toBe(100 * 1024)
  })

  it.each([1, 100, 1_000])('is cut off by a reset, read or not: %i KiB', async (kib) => {
    const { reply, peer, reset } = await replyOver(secure)
    peer.write(Buffer.alloc(kib * 1024))
    for (let turns = 0; turns < 20; turns++) await turn()
    reset()
    for (let turns = 0; turns < 20; turns++) await turn()
    await expect(reply.body.bytes()).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED' })
  })

  it('that has a length, and is cut off while nobody reads it, fails at once', async () => {
    const { reply, peer } = await replyOver(secure, 'content-length: 100000\r\n')
    peer.end(Buffer.alloc(64 * 1024))
    await expect.poll(() => reply.lease.ended).toBe(true)
    await expect(reply.body.bytes()).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED' })
  })
})

describe('a reply that ends with its connection', () => {
  it('is whole when a reset comes after its end, as from a server that has not read all of a request', async () => {
    const { reply, peer, reset } = await replyOver(false)
    peer.end(Buffer.alloc(1_000))
    await once(peer, 'finish')
    reset()
    expect((await reply.body.bytes()).length).toBe(1_000)
  })

  it.each([1, 100])('is cut off by the end of a certificate: %i KiB', async (kib) => {
    const { reply, peer, clock } = await replyOver(true)
    peer.write(Buffer.alloc(kib * 1024))
    for (let turns = 0; turns < 20; turns++) await turn()
    await clock.advance(validMs)
    await expect(reply.body.bytes()).rejects.toMatchObject({ code: 'ERR_MESH_TRUNCATED' })
  })
})
