import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serverTls } from '../../src/identity/server-tls.js'
import { sniffTls } from '../../src/identity/sniff-tls.js'
import { fakeClock } from '../../src/testing/fake-clock.js'
import { Authority } from './authority.js'
import { stateOf } from './sockets.js'

const root = Authority.root()

async function front() {
  const clock = fakeClock()
  const handler: http.RequestListener = (request, response) => {
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
    })
    request.on('end', () => response.end(`${'encrypted' in request.socket ? 'tls' : 'plain'} ${size}`))
  }
  const secure = https.createServer(
    serverTls(stateOf(root.credentials('spiffe://td.a/x')), 'permissive').options('attached'),
    handler,
  )
  const plain = http.createServer(handler)
  const server = net.createServer({ allowHalfOpen: true })
  const stop = sniffTls(server, {
    onTls: (socket) => secure.emit('connection', socket),
    onPlain: (socket) => plain.emit('connection', socket),
    clock,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    stop()
    server.close()
    plain.closeAllConnections()
    secure.closeAllConnections()
  })
  const address = server.address()
  return { port: typeof address === 'object' && address !== null ? address.port : 0, clock, server, stop }
}

const post = (
  port: number,
  module: typeof http | typeof https,
  body: string | Buffer,
  agent?: http.Agent,
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, method: 'POST', agent, rejectUnauthorized: false }
    const request = module.request(options, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    request.on('error', reject)
    request.end(body)
  })

describe('a port that speaks TLS and plain text', () => {
  it('hands every connection to the right server, nothing lost', async () => {
    const { port } = await front()
    const body = Buffer.alloc(1024 * 1024, 'x')
    expect(await post(port, http, body)).toBe(`plain ${body.length}`)
    expect(await post(port, https, body)).toBe(`tls ${body.length}`)
    const many = await Promise.all(Array.from({ length: 40 }, (_, i) => post(port, i % 2 === 0 ? http : https, `${i}`)))
    expect(many.filter((answer) => answer.startsWith('tls'))).toHaveLength(20)
    expect(many.filter((answer) => answer.startsWith('plain'))).toHaveLength(20)
  })

  it('keeps connections alive behind it', async () => {
    const { port, server } = await front()
    let connections = 0
    server.on('connection', () => connections++)
    for (const [module, agent] of [
      [http, new http.Agent({ keepAlive: true, maxSockets: 1 })],
      [https, new https.Agent({ keepAlive: true, maxSockets: 1 })],
    ] as const) {
      for (let i = 0; i < 5; i++) await post(port, module, 'abc', agent)
      agent.destroy()
    }
    expect(connections).toBe(2)
  })

  it('takes requests that come byte by byte', async () => {
    const { port } = await front()
    const socket = net.connect(port, '127.0.0.1')
    socket.setNoDelay()
    let text = ''
    socket.on('data', (chunk) => {
      text += chunk
    })
    for (const byte of 'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc') {
      socket.write(byte)
      await new Promise((resolve) => setImmediate(resolve))
    }
    await once(socket, 'close')
    expect(text).toContain('plain 3')
  })

  it('F48 closes a connection that says nothing for 5 s, and no other', async () => {
    const { port, clock, server } = await front()
    const agent = new http.Agent({ keepAlive: true })
    await post(port, http, 'abc', agent)
    const accepted = once(server, 'connection')
    const silent = net.connect(port, '127.0.0.1')
    await accepted
    const closed = once(silent, 'close')
    await clock.advance(4_999)
    expect(silent.destroyed).toBe(false)
    await clock.advance(1)
    await closed
    expect(clock.pending).toBe(0)
    expect(await post(port, http, 'abc', agent)).toBe('plain 3')
    agent.destroy()
  })

  it('forgets connections that hang up or break off before they speak', async () => {
    const { port, clock, server } = await front()
    for (const leave of [(socket: net.Socket) => socket.end(), (socket: net.Socket) => socket.resetAndDestroy()]) {
      const accepted = once(server, 'connection')
      const socket = net.connect(port, '127.0.0.1')
      const [theirs] = await accepted
      const closed = new Promise((resolve) => theirs.once('close', resolve))
      leave(socket)
      await closed
    }
    expect(clock.pending).toBe(0)
  })

  it('closes what is still silent when it is stopped', async () => {
    const { port, server, stop, clock } = await front()
    const accepted = once(server, 'connection')
    const silent = net.connect(port, '127.0.0.1')
    await accepted
    stop()
    await once(silent, 'close')
    expect(clock.pending).toBe(0)
  })
})
