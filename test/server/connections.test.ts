import { once } from 'node:events'
import net from 'node:net'
import { text } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { createMesh, developmentIdentity } from '../../src/index.js'
import { closing, expectNothingLeaks } from '../faults/scaffold.js'

expectNothingLeaks()

type Inbound = 'plain' | 'strict' | 'permissive'

/** A server whose application answers at once, and a connection to it that has sent `bytes`. */
async function connected(mtls: Inbound, bytes = '') {
  const identity = mtls === 'plain' ? undefined : developmentIdentity({ trustDomain: 'test', service: 'a' })
  const mesh = closing(createMesh({ service: 'a', identity, config: { inbound: mtls === 'plain' ? {} : { mtls } } }))
  const server = mesh.server((_request, response) => void response.end('ok'))
  const { port } = await server.listen({ host: '127.0.0.1' })
  const socket = net.connect(port, '127.0.0.1').on('error', () => {})
  await once(socket, 'connect')
  if (bytes !== '') await new Promise((resolve) => socket.write(bytes, resolve))
  return { mesh, server, socket }
}

async function msOf(work: Promise<unknown>): Promise<number> {
  const since = performance.now()
  await work
  return performance.now() - since
}

describe('a drain', () => {
  it.each<Inbound>(['plain', 'strict', 'permissive'])(
    'does not wait for a connection that has never sent a byte (%s)',
    async (mtls) => {
      const { server, socket } = await connected(mtls)
      expect(await msOf(server.close({ timeout: 4_000 }))).toBeLessThan(2_000)
      await once(socket, 'close')
    },
  )

  it.each<[Inbound, string, string]>([
    ['plain', 'a request that has begun', 'GET / HTTP/1.1\r\nho'],
    ['strict', 'a handshake that has begun', '\x16\x03\x01'],
    ['permissive', 'a handshake that has begun', '\x16\x03\x01'],
  ])('waits for its limit, not longer (%s, %s)', async (mtls, _what, bytes) => {
    const { server } = await connected(mtls, bytes)
    const tookMs = await msOf(server.close({ timeout: 300 }))
    expect(tookMs).toBeGreaterThan(290)
    expect(tookMs).toBeLessThan(1_300)
  })

  it.each<Inbound>(['plain', 'permissive'])(
    'answers those that the system holds for it and it has yet to accept (%s)',
    async (mtls) => {
      const { server, socket } = await connected(mtls)
      const answers = Array.from({ length: 20 }, async () => {
        const waiting = net.connect(socket.remotePort ?? 0, '127.0.0.1')
        waiting.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\n\r\nx')
        return text(waiting)
      })
      // Node connects at the next tick; the system has taken the connection then, and this process has had no turn to.
      await new Promise(process.nextTick)
      await server.close({ timeout: 10_000 })
      for (const answer of await Promise.all(answers)) expect(answer).toMatch(/^HTTP\/1.1 200 .*connection: close/is)
    },
  )

  it('ends a connection whose request was answered before all of it had come, once it has', async () => {
    const { server, socket } = await connected('plain', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n1')
    await once(socket, 'data')
    const closed = server.close({ timeout: 10_000 })
    // The one time at which idle connections are looked for has passed by then.
    await new Promise((resolve) => setTimeout(resolve, 700))
    socket.write('2')
    expect(await msOf(closed)).toBeLessThan(5_000)
  })
})

describe('a second close of a mesh', () => {
  it('waits for the same drain, and may have less patience', async () => {
    const { mesh } = await connected('plain', 'GET / HTTP/1.1\r\nho')
    const first = mesh.close({ timeout: 10_000 })
    expect(await msOf(mesh.close({ timeout: 100 }))).toBeLessThan(2_000)
    await first
  })
})
